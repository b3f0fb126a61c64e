package chaos

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// silenceOf is a customer to whom the platform sent a message that the provider took ten seconds later, on a number with the rule about
// silence; the customer wrote at some time, and the webhook about it was acknowledged twenty seconds after noon.
func silenceOf(wrote time.Duration) *Evidence {
	e := evidenceOf()
	e.Plan.Documents = []Document{
		{Mark: "A1", Kind: Asked, Offsets: []time.Duration{0}},
		{Mark: "R2", Kind: Rule, Trigger: "NO_RESPONSE", Reply: "stop", Offsets: []time.Duration{time.Minute}},
	}
	e.Stories[0].Deeds[1] = Deed{Act: Act{Kind: Says, Document: 0}, Began: noon, Acked: noon, Message: "a"}
	e.Stories[0].Deeds[2].Began = after(wrote)
	e.Mail["resposta"] = Mail{Tried: after(20 * time.Second), Acked: after(20 * time.Second)}
	e.Arrivals[ana] = []Arrival{phone("a", "A1.1", 10*time.Second), phone("r", "R2.1", 70*time.Second)}
	e.Kept[ana] = append(e.Kept[ana][:2], out("a", "A1.1", "delivered", 1, 10*time.Second), out("r", "R2.1", "delivered", 3, 70*time.Second))
	return e
}

// Whoever wrote before our message has not answered it, however late the provider tells of it.
func TestWhatWasWrittenBeforeOurMessageIsNoAnswerToIt(t *testing.T) {
	require.Empty(t, Judge(silenceOf(5*time.Second)).Findings)
	v := Judge(silenceOf(15 * time.Second))
	require.Len(t, v.Findings, 1)
	require.Equal(t, AfterReply, v.Findings[0].What)
}

// A platform's message fails at once where the provider has said that the number cannot send; a follow-up would wait.
func TestAnOutageExplainsWhatAPlatformAskedForAndNoFollowUp(t *testing.T) {
	lost := func(origin string) []Finding {
		e := silenceOf(5 * time.Second)
		e.Arrivals[ana] = nil
		row := out("a", "A1.1", "failed", 1, 0)
		row.Origin, row.ErrorCode = origin, "sender_offline"
		e.Kept[ana] = append(e.Kept[ana][:2], row, out("r", "R2.1", "failed", 3, 0))
		e.Attempts["r"] = []Attempt{{Tracker: "r", Status: 400, Code: 133010}}
		return Judge(e).Findings
	}
	require.Empty(t, lost("api"))
	require.Len(t, lost("followup"), 1)
}
