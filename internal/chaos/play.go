package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"retoma/internal/provider/sandbox"
)

// Deed is an act as it was carried out.
type Deed struct {
	Act
	// Began is when it was first tried, Acked when it was first acknowledged; zero if never.
	Began time.Time `json:"began"`
	Acked time.Time `json:"acked,omitzero"`
	// Due is when what was scheduled is to go.
	Due time.Time `json:"due,omitzero"`
	// Message is the provider's id of what the customer wrote, or retoma's of what the platform sent.
	Message string `json:"message,omitempty"`
	// Earlier are messages that seemed lost on the way, so that the customer wrote again; they may come later all the same.
	Earlier []string `json:"earlier,omitempty"`
	// Problem is why it came to nothing.
	Problem string `json:"problem,omitempty"`
}

// Story is what happened with a customer.
type Story struct {
	Customer
	Deeds []Deed
}

// player plays one customer.
type player struct {
	world   *World
	company *Company
	plan    Plan
	story   *Story
	index   int
}

// play lets every customer live, and gives their stories once all have ended.
func (w *World) play(ctx context.Context, plan Plan, company *Company, began time.Time) []Story {
	stories := make([]Story, len(plan.Customers))
	var playing sync.WaitGroup
	for i, customer := range plan.Customers {
		stories[i] = Story{Customer: customer}
		p := &player{world: w, company: company, plan: plan, story: &stories[i], index: i}
		playing.Go(func() {
			if pause(ctx, time.Until(began.Add(customer.Begins))) {
				p.live(ctx)
			}
		})
	}
	playing.Wait()
	return stories
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// live carries out the acts, each after the one before was acknowledged. What could not be carried out ends the story: later acts
// would say something else.
func (p *player) live(ctx context.Context) {
	for i, act := range p.story.Acts {
		if !pause(ctx, act.After) {
			return
		}
		p.story.Deeds = append(p.story.Deeds, Deed{Act: act, Began: time.Now()})
		deed := &p.story.Deeds[len(p.story.Deeds)-1]
		if err := p.act(ctx, deed, i); err != nil {
			deed.Problem = err.Error()
			return
		}
	}
}

func (p *player) act(ctx context.Context, deed *Deed, number int) error {
	key := fmt.Sprintf("%d-%d-%d", p.plan.Seed, p.index, number)
	post := func(path string, body, into any) error {
		err := p.world.api.Insist(ctx, http.MethodPost, path, key, body, into)
		if err == nil {
			deed.Acked = time.Now()
		}
		return err
	}
	switch deed.Kind {
	case Writes, Refuses:
		return p.write(ctx, deed, number == 0)
	case Enrols:
		return post("/updatefollowup", map[string]any{"number": p.story.Phone, "followup": p.company.Numbers[deed.Document]}, nil)
	case Removes:
		return post("/updatefollowup", map[string]any{"number": p.story.Phone, "followup": 0}, nil)
	case Raises:
		event := eventOf(p.plan.Documents[deed.Document])
		event["number"] = p.story.Phone
		return post("/api/events", event, nil)
	case Says:
		document := p.plan.Documents[deed.Document]
		var sent struct {
			Data struct {
				MessageID string `json:"messageId"`
			} `json:"data"`
		}
		err := post("/api/actions/send-message", map[string]any{"senderId": p.company.Channels[p.story.Channel].ID, "to": "+" + p.story.Phone,
			"message": "Segue a sua proposta. ref " + document.mark(0)}, &sent)
		deed.Message = sent.Data.MessageID
		return err
	case Schedules:
		return p.schedule(ctx, deed, key)
	case Hastens:
		return p.hasten(ctx, deed)
	}
	return fmt.Errorf("nobody knows how to %s", deed.Kind)
}

func eventOf(d Document) map[string]any {
	switch d.Trigger {
	case "TAG_ADDED":
		return map[string]any{"event": "contact.tag_added", "data": map[string]any{"tag": d.Name}}
	case "STAGE_ENTERED":
		return map[string]any{"event": "contact.stage_entered", "data": map[string]any{"stage": d.Name}}
	case "DEAL_CREATED":
		return map[string]any{"event": "deal.created", "data": map[string]any{"value": 1200}}
	case "status":
		return map[string]any{"event": "contact.status_changed", "data": map[string]any{"status": d.Name}}
	}
	return map[string]any{"event": d.Name, "data": map[string]any{}}
}

const (
	// ackPatience is how long a customer's message may be on its way before it counts as lost by the provider.
	ackPatience = 25 * time.Second
	// firstTries is how often somebody writes who is not heard.
	firstTries = 6
)

// write lets the customer write and waits until the webhook was answered. The first message is written again if it was lost on the way:
// without it there is no open window, and nothing to follow.
func (p *player) write(ctx context.Context, deed *Deed, first bool) error {
	text := "Oi, quero um orçamento"
	switch {
	case deed.Kind == Refuses:
		text = "SAIR"
	case !first:
		text = "Obrigada, já vi e respondo amanhã"
	}
	for range firstTries {
		var err error
		deed.Message, err = p.world.whatsapp.Write(p.story.Phone, sandbox.Incoming{
			PhoneNumberID: p.company.Channels[p.story.Channel].Account, Text: text, Name: fmt.Sprintf("Cliente%d", p.index),
		})
		if err != nil {
			return err
		}
		if p.heard(ctx, deed) {
			return nil
		}
		if !first {
			return errors.New("the provider lost it: no webhook about it was ever acknowledged")
		}
		deed.Earlier = append(deed.Earlier, deed.Message)
	}
	return errors.New("the customer was never heard")
}

func (p *player) heard(ctx context.Context, deed *Deed) bool {
	limit := time.Now().Add(ackPatience)
	for time.Now().Before(limit) {
		mail := p.world.wire.Mailed(deed.Message)
		if !mail.Tried.IsZero() {
			// While it is tried again and again it is not lost, however long that takes.
			limit = time.Now().Add(ackPatience)
			if !mail.Acked.IsZero() {
				deed.Acked = mail.Acked
				return true
			}
		}
		if !pause(ctx, 25*time.Millisecond) {
			return false
		}
	}
	return false
}

// pendingRow is a follow-up of the queue.
type pendingRow struct {
	ID           string     `json:"id"`
	ScheduledFor time.Time  `json:"scheduledFor"`
	WaitsUntil   *time.Time `json:"waitsUntil"`
	Attempt      int        `json:"attempt"`
	Rule         struct {
		ID string `json:"id"`
	} `json:"rule"`
	Contact struct {
		ID    string `json:"id"`
		Phone string `json:"phone"`
	} `json:"contact"`
}

// hasten makes the pending step of a configuration due now. That there is none is the end of the story if it lasts: an answer or a
// refusal may have ended it.
func (p *player) hasten(ctx context.Context, deed *Deed) error {
	for range 40 {
		var found struct{ Data []pendingRow }
		contact := p.world.contactOf(ctx, p.story.Phone)
		path := "/api/followups/pending?ruleId=" + p.company.IDs[deed.Document] + "&contactId=" + contact
		if contact == "" {
			return errors.New("the contact was not found")
		}
		if err := p.world.api.Insist(ctx, http.MethodGet, path, "", nil, &found); err != nil {
			return err
		}
		for _, row := range found.Data {
			if time.Until(row.ScheduledFor) < time.Minute {
				continue // it was hastened before, and waits for something else
			}
			status, raw, err := p.world.api.Once(ctx, http.MethodPost, "/api/followups/"+row.ID+"/send-now", "", nil)
			if err == nil && status < 300 {
				deed.Acked = time.Now()
				return nil
			}
			deed.Problem = fmt.Sprintf("%d %s", status, raw)
		}
		if !pause(ctx, time.Second) {
			return ctx.Err()
		}
	}
	return errors.New("no step was pending")
}

// contactOf is the id under which retoma knows a phone.
func (w *World) contactOf(ctx context.Context, phone string) string {
	var found struct {
		Data []contactRow `json:"data"`
	}
	if err := w.api.Insist(ctx, http.MethodGet, "/api/contacts?limit=5&search="+phone, "", nil, &found); err != nil || len(found.Data) == 0 {
		return ""
	}
	return found.Data[0].ID
}
