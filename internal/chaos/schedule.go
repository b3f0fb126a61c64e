package chaos

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"retoma/internal/provider/sandbox"
)

// byHand is the rule that only somebody's hand starts.
func byHand(mark string, channel int) Document {
	return Document{Mark: mark, Kind: Rule, Channel: channel, Reply: "stop", Trigger: "CUSTOM", Name: "manual." + strings.ToLower(mark), Offsets: []time.Duration{0}}
}

// schedule plans one attempt of a rule for the customer, at a time that stays the same however often it has to be asked for.
func (p *player) schedule(ctx context.Context, deed *Deed, key string) error {
	deed.Due = time.Now().Add(deed.Ahead).Truncate(time.Millisecond)
	ctx, cancel := context.WithDeadline(ctx, deed.Due.Add(10*time.Second))
	defer cancel()
	if _, err := p.world.plan(ctx, p.story.Phone, p.company.IDs[deed.Document], deed.Due, key); err != nil {
		return err
	}
	deed.Acked = time.Now()
	return nil
}

// plan schedules a rule's attempt for a phone whose message was read, and gives the follow-up's id.
func (w *World) plan(ctx context.Context, phone, rule string, at time.Time, key string) (string, error) {
	conversation, err := w.conversationOf(ctx, phone)
	if err != nil {
		return "", err
	}
	var made struct{ Data created }
	err = w.api.Insist(ctx, http.MethodPost, "/api/followups/schedule", key, map[string]any{
		"ruleId": rule, "conversationId": conversation, "scheduledFor": at.UTC().Format(time.RFC3339Nano),
	}, &made)
	return made.Data.ID, err
}

// conversationOf waits until the customer's first message was read, not just acknowledged: what is read after a follow-up was planned
// answers it.
func (w *World) conversationOf(ctx context.Context, phone string) (string, error) {
	for {
		var found struct {
			Data []struct {
				ID    string     `json:"id"`
				Heard *time.Time `json:"lastCustomerMessageAt"`
			} `json:"data"`
		}
		if contact := w.contactOf(ctx, phone); contact != "" {
			if err := w.api.Insist(ctx, http.MethodGet, "/api/conversations?contactId="+contact, "", nil, &found); err != nil {
				return "", err
			}
		}
		if len(found.Data) > 0 && found.Data[0].Heard != nil {
			return found.Data[0].ID, nil
		}
		if !pause(ctx, 200*time.Millisecond) {
			return "", errors.New("the customer's message was never read")
		}
	}
}

// park schedules follow-ups far ahead, for people who are in nobody's plan: what the queue shows of them is the same before and after.
func (w *World) park(ctx context.Context, company *Company, rule, people int) error {
	due := time.Now().Add(parkedAhead).Truncate(time.Millisecond)
	for i := range people {
		phone := "55119" + padded(80_000_000+i)
		if _, err := w.whatsapp.Write(phone, sandbox.Incoming{PhoneNumberID: company.Channels[0].Account, Text: "Oi", Name: "Cliente"}); err != nil {
			return err
		}
		id, err := w.plan(ctx, phone, company.IDs[rule], due, "parked-"+phone)
		if err != nil {
			return err
		}
		w.parked[id] = true
	}
	return nil
}

// parkedAhead is beyond anything else that is scheduled, and within the horizon in which due times have tasks.
const parkedAhead = time.Hour
