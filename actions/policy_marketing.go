package actions

import (
	"time"

	"retoma/internal/fault"
)

// shown is how sentences show an instant: on the clock of the contact's local rules, and saying which.
func shown(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("02/01/2006 15:04") + " (" + zone.String() + ")"
}

// checkMarketingRest keeps marketing from people, and from numbers, that the provider wants left alone with it for a while
// (its codes 131049 and 131048). The rest of a person holds whichever number writes and whoever asks: one more refusal would
// cost the business more than the message is worth. A follow-up moves behind it, the rest is refused; utility passes.
func checkMarketingRest(call Call) Verdict {
	used := call.Message.Content.Template
	if used == nil {
		return pass(nil)
	}
	template, known := call.Template(used.Name, used.Language)
	if !known || template.Category != "MARKETING" {
		return pass(nil)
	}
	person, number := call.Contact.Limits.MarketingRest, call.Channel.Limits.MarketingRest
	code, until, who := fault.PolicyBlocked, person, "este contato não recebe marketing"
	if number.After(person) {
		code, until, who = fault.RateLimited, number, "este número não envia marketing"
	}
	if !until.After(call.Now) {
		return pass(nil)
	}
	values := map[string]any{"until": until, "refusals": call.Contact.Limits.Refusals}
	zone := call.Automatic.Zone
	if zone == nil {
		zone = time.UTC
	}
	if call.Message.FollowUpID != "" && call.Message.Replaces == "" {
		return Verdict{Decision: Later, Moves: true, Until: notIntoTheNight(call.Now, until, zone), Values: values,
			Reason: who + " até " + shown(until, zone)}
	}
	return drop(fault.New(code, "%s até %s, a pedido da Meta", who, shown(until, zone)), values)
}
