package fault

// Code names one kind of failure in the APIs, decision logs, logs and metrics.
type Code string

// The codes of sending: the one vocabulary of domain.md section 6.
const (
	InvalidPhone     Code = "invalid_phone"
	TemplateNotFound Code = "template_not_found"
	TemplatePaused   Code = "template_paused"
	TemplateParams   Code = "template_params"
	SenderOffline    Code = "sender_offline"
	OutsideWindow    Code = "outside_window"
	RateLimited      Code = "rate_limited"
	PairLimited      Code = "pair_limited"
	OptedOut         Code = "opted_out"
	Unreachable      Code = "unreachable"
	PolicyBlocked    Code = "policy_blocked"
	Media            Code = "media"
	Auth             Code = "auth"
	ProviderDown     Code = "provider_down"
	ProviderRejected Code = "provider_rejected"
	Unconfirmed      Code = "unconfirmed"
)

// The codes of assistants. The writer has tried again by itself, so none of them is tried once more.
const (
	AIUnconfigured Code = "ai_unconfigured" // no endpoint, or one that refuses what is configured
	AIFailed       Code = "ai_failed"       // the endpoint gave no usable answer
	AIRejected     Code = "ai_rejected"     // what the model wrote may not be sent
	AILimit        Code = "ai_limit"        // the assistant's cap of the day is reached
)

// The codes of requests: what a caller of our own HTTP surface or command line did wrong, or met.
const (
	Invalid      Code = "invalid"
	Unauthorized Code = "unauthorized"
	Forbidden    Code = "forbidden"
	NotFound     Code = "not_found"
	Conflict     Code = "conflict"
	TooLarge     Code = "too_large"
	Unsupported  Code = "unsupported_media_type"
	Impossible   Code = "impossible_now"
	Unavailable  Code = "unavailable"
	Internal     Code = "internal"
)

// Retry says what trying again can achieve.
type Retry int

const (
	// Never: the same attempt fails the same way.
	Never Retry = iota
	// Passing: the cause may pass by itself; an attempt is used up.
	Passing
	// Wait: told to wait (a limit); waiting uses up no attempt.
	Wait
	// Hold: the channel, account or template is ill; the work stays pending until it recovers or is too late.
	Hold
	// Doubt: nobody knows whether it happened; only evidence or a person may decide.
	Doubt
)

// rule is what holds for every error of one code.
type rule struct {
	status int
	retry  Retry
	// endsRun: a follow-up that fails so ends its run, because no later step could do better.
	endsRun bool
}

// rules is the one table of codes: HTTP status (api.md), retry class and effect on a run (domain.md sections 5 and 6).
var rules = map[Code]rule{
	InvalidPhone:     {status: 422, retry: Never, endsRun: true},
	TemplateNotFound: {status: 422, retry: Never},
	TemplatePaused:   {status: 422, retry: Hold},
	TemplateParams:   {status: 422, retry: Never},
	SenderOffline:    {status: 422, retry: Hold},
	OutsideWindow:    {status: 422, retry: Never},
	RateLimited:      {status: 429, retry: Wait},
	PairLimited:      {status: 429, retry: Wait},
	OptedOut:         {status: 422, retry: Never, endsRun: true},
	Unreachable:      {status: 422, retry: Never, endsRun: true},
	PolicyBlocked:    {status: 422, retry: Never, endsRun: true},
	Media:            {status: 422, retry: Never},
	Auth:             {status: 422, retry: Hold},
	ProviderDown:     {status: 503, retry: Passing},
	ProviderRejected: {status: 422, retry: Never},
	Unconfirmed:      {status: 202, retry: Doubt},

	AIUnconfigured: {status: 422, retry: Never},
	AIFailed:       {status: 503, retry: Never},
	AIRejected:     {status: 422, retry: Never},
	AILimit:        {status: 422, retry: Never},

	Invalid:      {status: 400},
	Unauthorized: {status: 401},
	Forbidden:    {status: 403},
	NotFound:     {status: 404},
	Conflict:     {status: 409},
	TooLarge:     {status: 413},
	Unsupported:  {status: 415},
	Impossible:   {status: 422},
	Unavailable:  {status: 503, retry: Passing},
	Internal:     {status: 500},
}

// Status is the HTTP status that a failure of this code has on our own APIs; 500 for a code not in the table.
func (c Code) Status() int {
	if r, known := rules[c]; known {
		return r.status
	}
	return 500
}

// Retry is the code's retry class.
func (c Code) Retry() Retry { return rules[c].retry }

// EndsRun tells whether a follow-up that failed with this code ends its run (domain.md section 5).
func (c Code) EndsRun() bool { return rules[c].endsRun }

// Known tells whether the code stands in the table.
func (c Code) Known() bool { _, known := rules[c]; return known }
