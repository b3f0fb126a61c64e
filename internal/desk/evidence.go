package desk

import (
	"fmt"
	"slices"
	"time"
)

// Silence is how long a process that takes webhooks may say nothing of itself and still count as listening; it says so every
// ListenPulse.
const (
	Silence     = 30 * time.Second
	ListenPulse = 10 * time.Second
)

// ConfirmedEnough is how many messages that were claimed later must have been reported as sent before an unconfirmed one is
// believed not to have gone out (domain.md section 6).
const ConfirmedEnough = 3

// Gap is the last time when something that a provider wanted to tell may have been missed; the zero time is never.
type Gap struct {
	At     time.Time
	Reason string // Portuguese
}

// Later is the newer of two gaps.
func (g Gap) Later(other Gap) Gap {
	if other.At.After(g.At) {
		return other
	}
	return g
}

// Confirmation is a message that was reported as sent.
type Confirmation struct {
	MessageID string
	// Begun is no later than the message's claim: when it was claimed or, if that is not known any more, made.
	Begun time.Time
}

// Newest keeps the newest confirmations, each message once: as many as evidence needs.
func Newest(all []Confirmation) []Confirmation {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Confirmation) int { return b.Begun.Compare(a.Begun) })
	var kept []Confirmation
	for _, one := range sorted {
		same := func(other Confirmation) bool { return other.MessageID == one.MessageID }
		if len(kept) < ConfirmedEnough && !slices.ContainsFunc(kept, same) {
			kept = append(kept, one)
		}
	}
	return kept
}

// ListenerReport is what one process that takes webhooks says of itself.
type ListenerReport struct {
	ID string
	// Since is when it began to listen, At up to when it tells everything that it knows.
	Since, At time.Time
	// Stopped tells that it listens no more.
	Stopped bool
	// Gap is the last failure that may have concerned any channel.
	Gap Gap
	// Channels is what has happened on channels since the last report.
	Channels []HeardOn
}

// HeardOn is what was heard on a channel.
type HeardOn struct {
	TenantID, ChannelID string
	Gap                 Gap
	Confirmed           []Confirmation
}

// Listener is what is remembered of one process and of what it heard on the channel in question.
type Listener struct {
	Since, SeenAt time.Time
	Stopped       bool
	// Gap is the newer one of those that concerned all channels and this one.
	Gap       Gap
	Confirmed []Confirmation
}

// Proof is what evidence says of an unconfirmed message.
type Proof struct {
	// Lost tells that nothing can be concluded any more; Reason says why.
	Lost bool
	// NotSent tells that the message is believed not to have gone out.
	NotSent bool
	// Unheard tells that the listeners have not told everything yet: that takes seconds.
	Unheard bool
	// Reason is for people, in Portuguese: what is missing, or what was concluded from.
	Reason string
	// Confirmed are the messages that were claimed later and reported as sent.
	Confirmed []string
}

// Prove weighs what the listeners say of a channel, about a message that was claimed at an instant and is judged for the time up
// to due. Doubt never resends: what a process that died may have missed, what was refused, and what nobody tells of, are gaps.
// Processes' clocks may differ by Silence.
func Prove(listeners []Listener, claimedAt, due, now time.Time) Proof {
	from := claimedAt.Add(-Silence)
	var confirmed []Confirmation
	listening, reach := 0, now
	for _, one := range listeners {
		if one.SeenAt.Before(from) {
			continue // it had ended before the message was claimed
		}
		if why := one.missed(from, now); why != "" {
			return Proof{Lost: true, Reason: why}
		}
		listening++
		if one.SeenAt.Before(reach) {
			reach = one.SeenAt
		}
		confirmed = append(confirmed, one.Confirmed...)
	}
	switch {
	case listening == 0:
		return Proof{Lost: true, Reason: "nenhum processo recebia os webhooks deste canal desde o envio"}
	case reach.Before(due):
		return Proof{Unheard: true, Reason: "os processos que recebem webhooks ainda não contaram tudo o que ouviram até agora"}
	}
	var ids []string
	for _, one := range Newest(confirmed) {
		if one.Begun.After(claimedAt) {
			ids = append(ids, one.MessageID)
		}
	}
	if len(ids) < ConfirmedEnough {
		return Proof{Confirmed: ids, Reason: fmt.Sprintf("só %d de %d mensagens enviadas depois desta neste canal foram confirmadas", len(ids), ConfirmedEnough)}
	}
	return Proof{NotSent: true, Confirmed: ids,
		Reason: "os webhooks deste canal foram respondidos sem falha desde o envio e confirmaram mensagens posteriores, mas não esta"}
}

// missed tells why a process may have missed something since an instant; empty if it cannot.
func (l Listener) missed(from, now time.Time) string {
	switch {
	case l.Since.After(from):
		return "um processo que recebe webhooks começou depois do envio"
	case !l.Gap.At.Before(from) && !l.Gap.At.IsZero():
		return l.Gap.Reason
	case l.Stopped:
		return "um processo que recebe webhooks parou depois do envio"
	case l.SeenAt.Before(now.Add(-Silence)):
		return "um processo que recebe webhooks deixou de dar sinal depois do envio"
	}
	return ""
}
