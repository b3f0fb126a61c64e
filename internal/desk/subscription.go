package desk

import "time"

// Subscription is an address of a tenant's platform that is told what happens, as signed webhooks.
type Subscription struct {
	ID       string
	TenantID string
	URL      string
	// Events are the names of what it is told; EveryEvent alone is all of them.
	Events      []string
	Description string
	// Secret signs ("whsec_..."). After a change of secrets, FormerSecret signs too until FormerUntil, so that the
	// receiver has time to take over the new one.
	Secret       string
	FormerSecret string
	FormerUntil  time.Time
	// DisabledAt is zero while it is told; DisabledReason is one of the reasons below.
	DisabledAt     time.Time
	DisabledReason string
	// FailingSince is the first failure since the last success, and Failures how many there were; zero: the last one succeeded.
	FailingSince time.Time
	Failures     int
	// RestUntil is before when nothing is tried: the receiver asked for it, or it fails again and again.
	RestUntil   time.Time
	DeliveredAt time.Time // the last success
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Why a subscription is disabled.
const (
	DisabledByPerson   = "person"   // by the API
	DisabledByGone     = "gone"     // the receiver answered 410
	DisabledByFailures = "failures" // nothing but failures for days
)

// SubscriptionDisabled is the kind of the notification to the team about a subscription that was disabled by itself.
const SubscriptionDisabled = "subscription.disabled"

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending DeliveryState = "pending"
	Delivered       DeliveryState = "delivered"
	DeliveryFailed  DeliveryState = "failed" // given up
)

// Delivery is one event on its way to one subscription.
type Delivery struct {
	ID             string
	TenantID       string
	SubscriptionID string
	// EventID is the webhook-id: the same at every attempt, at a replay and at other subscriptions.
	EventID   string
	Event     string
	Sequence  int64
	ContactID string
	State     DeliveryState
	Attempts  int
	// Since is when it was first to be delivered, or was asked for again; it is given up some days after.
	Since time.Time
	DueAt time.Time
	// Status is the HTTP status of the last attempt, 0 if there was no answer; Problem what kept it from succeeding.
	Status    int
	Problem   string
	CreatedAt time.Time
	EndedAt   time.Time
	// Body is what is posted, word for word; only for deliveries that are due.
	Body string
}

// Attempt is how one attempt of a delivery ended.
type Attempt struct {
	Delivery Delivery
	At       time.Time
	State    DeliveryState
	Status   int
	Problem  string
	DueAt    time.Time // the next attempt, of a pending one
	// RestUntil asks that the whole subscription rest; zero: it need not.
	RestUntil time.Time
	// Gone tells that the receiver wants nothing more: the subscription is disabled at once.
	Gone bool
}

// Replay says which deliveries of a subscription are done again.
type Replay struct {
	DeliveryID string // this one alone; else those of the time below
	Since      time.Time
	Until      time.Time // zero: up to now
}

// DeliveryFilter chooses deliveries of a subscription.
type DeliveryFilter struct {
	State DeliveryState
	Limit int
	// Cursor is the id of the last delivery that was seen.
	Cursor string
}
