package worker_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/store/storetest"
)

const (
	bruno = "+5511999990002"
	carla = "+5511999990003"
)

// told is one event as a receiver reads it.
type told struct {
	ID   string
	Type string
	At   time.Time
	Data map[string]any
}

// says is the event's name with what matters most of its data.
func (e told) says() string {
	for _, name := range []string{"status", "scope", "text", "reason"} {
		if value, has := e.Data[name].(string); has && value != "" {
			return e.Type + " " + value
		}
	}
	return e.Type
}

// subscribe lets a platform want events; everything where none is named.
func (w *world) subscribe(events ...string) desk.Subscription {
	w.t.Helper()
	if len(events) == 0 {
		events = []string{desk.EveryEvent}
	}
	one := desk.Subscription{ID: chat.NewID(), TenantID: w.tenant.ID, URL: "https://loja.example/", Events: events, Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	require.NoError(w.t, w.store.CreateSubscription(context.Background(), one))
	return one
}

// told takes what a subscription is told since it was asked last.
func (w *world) told(to desk.Subscription) []told {
	w.t.Helper()
	ctx := context.Background()
	for more := true; more; {
		var err error
		_, more, err = w.store.Publish(ctx)
		require.NoError(w.t, err)
	}
	due, err := w.store.DueDeliveries(ctx, to.ID, w.now(), 1000)
	require.NoError(w.t, err)
	var all []told
	for _, one := range due {
		event := told{ID: one.EventID}
		var body struct {
			Type      string         `json:"type"`
			Timestamp time.Time      `json:"timestamp"`
			Data      map[string]any `json:"data"`
		}
		require.NoError(w.t, json.Unmarshal([]byte(one.Body), &body))
		event.Type, event.At, event.Data = body.Type, body.Timestamp, body.Data
		all = append(all, event)
		_, err := w.store.NoteAttempt(ctx, desk.Attempt{Delivery: one, At: w.now(), State: desk.Delivered, Status: 200}, time.Time{})
		require.NoError(w.t, err)
	}
	return all
}

func sayings(all []told) []string {
	var lines []string
	for _, one := range all {
		lines = append(lines, one.says())
	}
	return lines
}

// nothingWasPutDown demands that nobody paid for announcements that nobody wants.
func (w *world) nothingWasPutDown() {
	w.t.Helper()
	published, _, err := w.store.Publish(context.Background())
	require.NoError(w.t, err)
	require.Zero(w.t, published)
}

func TestAModelsStoryIsTold(t *testing.T) {
	eachWorld(t, func(w *world) {
		platform := w.subscribe()
		w.customer(ana, "oi")
		heard := w.told(platform)
		require.ElementsMatch(t, []string{"message.received oi", "conversation.started"}, sayings(heard))
		first := heard[slices.IndexFunc(heard, func(e told) bool { return e.Type == "message.received" })]
		contact := first.Data["contact"].(map[string]any)
		require.Equal(t, "Ana Souza", contact["name"])
		require.Equal(t, ana, contact["phone"])
		require.Equal(t, float64(1), contact["number"])
		require.Equal(t, w.channel.ID, first.Data["channelId"])
		require.Equal(t, float64(1), first.Data["ticketId"])
		require.Equal(t, w.now(), first.At)

		who := w.enrol(ana, w.model(twoMessages))
		planned := w.told(platform)
		require.Equal(t, []string{"followup.scheduled PENDING"}, sayings(planned))
		require.Equal(t, local(10, 10, 10).Format(time.RFC3339), planned[0].Data["dueAt"])

		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		sent := w.told(platform)
		require.ElementsMatch(t, []string{"message.status accepted", "followup.sent SENT", "followup.scheduled PENDING"}, sayings(sent))
		messageID := w.history()[0].MessageID
		for _, event := range sent {
			require.Equal(t, who.ContactID, event.Data["contact"].(map[string]any)["id"])
			if event.Type == "followup.sent" {
				require.Equal(t, planned[0].Data["followupId"], event.Data["followupId"])
				require.Equal(t, messageID, event.Data["messageId"])
				require.Equal(t, w.now().Format(time.RFC3339), event.Data["sentAt"])
			}
		}

		w.pass(time.Minute)
		w.customer(ana, "quero")
		require.ElementsMatch(t, []string{
			"message.received quero", "followup.responded SENT", "followup.responded RESPONDED", "run.finished stopped",
		}, sayings(w.told(platform)))
		w.enrol(ana, w.model(twoMessages))
		w.enrol(ana, flows.Document{})
		require.ElementsMatch(t, []string{"followup.scheduled PENDING", "followup.cancelled CANCELLED", "run.finished stopped"}, sayings(w.told(platform)))
	})
}

// Duplicated and reordered delivery states are told once each, and none goes backwards.
func TestStatusesAreToldOnceAndForward(t *testing.T) {
	eachWorld(t, func(w *world) {
		platform := w.subscribe("message.status")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		require.Equal(t, []string{"message.status accepted"}, sayings(w.told(platform)))
		id := w.history()[0].MessageID
		for _, state := range []chat.MessageState{chat.Delivered, chat.Delivered, chat.Sent, chat.Read, chat.Delivered, chat.Read, chat.Failed} {
			w.status(id, state, "")
		}
		heard := w.told(platform)
		require.Equal(t, []string{"message.status delivered", "message.status read"}, sayings(heard))
		require.Less(t, heard[0].Data["sequence"], heard[1].Data["sequence"])
		for _, event := range heard {
			require.Equal(t, id, event.Data["messageId"])
			require.NotEmpty(t, event.Data["followupId"])
		}
	})
}

func TestFailuresAndOptOutsAreTold(t *testing.T) {
	eachWorld(t, func(w *world) {
		platform := w.subscribe("followup.failed", "run.failed", "run.finished", "optout")
		w.customer(ana, "oi")
		who := w.enrol(ana, w.model(twoMessages))
		w.provider.answer(fault.New(fault.InvalidPhone, "número inválido"))
		w.at(local(10, 10, 10))
		w.work(who.ContactID)
		heard := w.told(platform)
		require.ElementsMatch(t, []string{"followup.failed FAILED", "run.finished stopped"}, normalised(sayings(heard)))
		for _, event := range heard {
			if event.Type == "followup.failed" {
				require.Equal(t, "invalid_phone", event.Data["errorCode"])
			}
		}
		w.customer(ana, "sair")
		require.Equal(t, []string{"optout all"}, sayings(w.told(platform)))
		w.customer(ana, "sair")
		require.Empty(t, w.told(platform), "who has refused already refuses nothing new")
	})
}

func TestWhoComesBackIsTold(t *testing.T) {
	eachWorld(t, func(w *world) {
		platform := w.subscribe("optin", "optout")
		w.customer(ana, "sair")
		w.pass(time.Minute)
		w.customer(ana, "voltar")
		heard := w.told(platform)
		require.Equal(t, []string{"optout all", "optin all"}, sayings(heard))
		require.Equal(t, w.now(), heard[1].At)
		require.Equal(t, ana, heard[1].Data["contact"].(map[string]any)["phone"])
		w.customer(ana, "voltar")
		require.Empty(t, w.told(platform), "who gets messages anyway does not come back")
	})
}

func TestARefusedCommandIsTold(t *testing.T) {
	eachWorld(t, func(w *world) {
		platform := w.subscribe("command.refused")
		w.arrive(ana, chat.Event{Name: chat.CommandRefused, Data: map[string]any{
			"command": `{"followup": 99}`, "reason": "o modelo 99 não existe", "hint": "unknown_model", "bubble": 2, "bubbleId": "b",
		}})
		heard := w.told(platform)
		require.Len(t, heard, 1)
		for name, value := range map[string]any{
			"command": `{"followup": 99}`, "reason": "o modelo 99 não existe", "hint": "unknown_model", "bubble": float64(2), "bubbleId": "b", "channelId": w.channel.ID,
		} {
			require.Equal(t, value, heard[0].Data[name], name)
		}
	})
}

// normalised lets a run end as the engine likes: what counts here is that its end is told.
func normalised(lines []string) []string {
	for i, line := range lines {
		if strings.HasPrefix(line, "run.") {
			lines[i] = "run.finished stopped"
		}
	}
	return lines
}

// A rule's one row is told each time that it is moved, answered and armed again; turning the rule off is told too.
func TestARulesRowIsToldAsItMoves(t *testing.T) {
	eachWorld(t, func(w *world) {
		rule := w.rule(noResponse)
		w.customer(ana, "oi")
		platform := w.subscribe("followup.scheduled", "followup.responded", "followup.cancelled", "run.finished")
		w.agent(ana, "segue a proposta")
		first := w.told(platform)
		require.Equal(t, []string{"followup.scheduled PENDING"}, sayings(first))
		w.pass(time.Minute)
		w.agent(ana, "e o preço")
		moved := w.told(platform)
		require.Equal(t, []string{"followup.scheduled PENDING"}, sayings(moved))
		require.Equal(t, first[0].Data["followupId"], moved[0].Data["followupId"])
		require.Greater(t, moved[0].Data["revision"], first[0].Data["revision"])
		require.NotEqual(t, first[0].Data["dueAt"], moved[0].Data["dueAt"])
		w.pass(time.Minute)
		w.customer(ana, "entendi")
		require.Equal(t, []string{"followup.responded RESPONDED"}, sayings(w.told(platform)))
		w.pass(time.Minute)
		w.agent(ana, "alguma dúvida?")
		again := w.told(platform)
		require.Equal(t, []string{"followup.scheduled PENDING"}, sayings(again))
		require.Equal(t, first[0].Data["followupId"], again[0].Data["followupId"])
		stopped, err := w.store.StopFlow(context.Background(), w.tenant.ID, rule.ID, "rule inactive")
		require.NoError(t, err)
		require.Equal(t, 1, stopped)
		end := w.told(platform)
		require.ElementsMatch(t, []string{"followup.cancelled CANCELLED", "run.finished stopped"}, sayings(end))
		for _, event := range end {
			require.Equal(t, rule.ID, event.Data["flowId"])
		}
	})
}

func TestARunThatCannotGoOnIsTold(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.flow(`{"name":"Engano","nodes":[
			{"id":"inicio","type":"trigger","with":{"event":"call.completed"},"next":"a"},
			{"id":"a","type":"branch","with":{"if":"lower(contact.number) == \"a\""},"exits":{"yes":"fim"}},
			{"id":"fim","type":"end"}]}`)
		platform := w.subscribe("run.failed")
		w.arrive(ana, chat.Event{Name: chat.CallCompleted})
		heard := w.told(platform)
		require.Equal(t, []string{"run.failed failed"}, sayings(heard))
		require.Contains(t, heard[0].Data["reason"], "nó \"a\"")
	})
}

// A command for another inbox, a merge and what the team is told about channels and templates are told as they are written.
func TestWhatIsWrittenElsewhereIsToldToo(t *testing.T) {
	eachWorld(t, func(w *world) {
		platform := w.subscribe()
		w.arrive(ana, chat.Event{Name: chat.CommandUnknown, Data: map[string]any{"queueId": float64(3)}})
		w.arrive(ana, chat.Event{Name: chat.ContactMerged, Data: map[string]any{"mergedContactId": "velho"}})
		for _, kind := range []string{"sender.offline", "template.paused", "send.failed"} {
			require.NoError(t, w.store.Notify(context.Background(), desk.Notification{ID: chat.NewID(), TenantID: w.tenant.ID, Kind: kind, Title: "Título", Text: kind,
				Data: map[string]any{"channelId": w.channel.ID}, At: w.now(), DueAt: w.now()}))
		}
		heard := w.told(platform)
		require.Equal(t, []string{"command.unknown", "contact.merged", "sender.offline sender.offline", "template.paused template.paused"}, sayings(heard))
		require.Equal(t, map[string]any{"queueId": float64(3)}, heard[0].Data["command"])
		require.Equal(t, w.channel.ID, heard[0].Data["channelId"])
		require.Equal(t, "velho", heard[1].Data["mergedContactId"])
		require.Equal(t, map[string]any{"channelId": w.channel.ID}, heard[2].Data["details"])
	})
}

// Two people who turn out to be one are told as one: their conversation had begun before.
func TestAMergeIsToldAndBeginsNothingAnew(t *testing.T) {
	eachWorld(t, func(w *world) {
		platform := w.subscribe()
		known := w.depositPerson(bruno)
		wrote := w.customer(ana, "oi")
		require.ElementsMatch(t, []string{"message.received oi", "conversation.started"}, sayings(w.told(platform)))
		_, err := w.store.Merge(context.Background(), desk.Merge{TenantID: w.tenant.ID, StaysID: known.ContactID, GoesID: wrote.ContactID, By: "api"})
		require.NoError(t, err)
		w.work(known.ContactID)
		heard := w.told(platform)
		require.Equal(t, []string{"contact.merged"}, sayings(heard))
		require.Equal(t, wrote.ContactID, heard[0].Data["mergedContactId"])
		require.Equal(t, known.ContactID, heard[0].Data["contact"].(map[string]any)["id"])
		w.customer(ana, "de novo")
		require.Equal(t, []string{"message.received de novo"}, sayings(w.told(platform)))
	})
}

func TestOnlyWhoWantsAnEventIsTold(t *testing.T) {
	eachWorld(t, func(w *world) {
		neighbour, _ := storetest.Tenant(t, w.store)
		stranger := desk.Subscription{ID: chat.NewID(), TenantID: neighbour.ID, URL: "https://x.example/", Events: []string{"*"}, Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
		require.NoError(t, w.store.CreateSubscription(context.Background(), stranger))
		w.customer(ana, "antes")
		w.nothingWasPutDown()

		one, all := w.subscribe("conversation.started"), w.subscribe()
		w.customer(bruno, "oi")
		require.Equal(t, []string{"conversation.started"}, sayings(w.told(one)))
		heard := w.told(all)
		require.Len(t, heard, 2)
		require.Empty(t, w.told(stranger))

		_, err := w.store.ChangeSubscription(context.Background(), w.tenant.ID, all.ID, func(s *desk.Subscription) error {
			s.DisabledAt, s.DisabledReason = w.now(), desk.DisabledByPerson
			return nil
		})
		require.NoError(t, err)
		w.customer(bruno, "desligada")
		w.nothingWasPutDown()
		require.NoError(t, w.store.DeleteSubscription(context.Background(), w.tenant.ID, one.ID))
		w.customer(carla, "ninguém")
		w.nothingWasPutDown()
	})
}

// What is undone was never told: a follow-up whose claim met a moved mailbox is announced once, by the attempt that stood.
func TestAWorkThatFailsAnnouncesNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		platform := w.subscribe()
		who := w.customer(ana, "oi")
		w.told(platform)
		_, err := w.store.Work(context.Background(), refOf(w, who.ContactID), nil, func(_ context.Context, d *desk.Desk) error {
			contact := d.Contact
			contact.OptOut, contact.OptOutAt = chat.OptOutAll, w.now()
			d.SaveContact(contact)
			d.Claim(desk.Item{ID: chat.NewID()}) // an item that nobody has: the claim fails and undoes everything
			return nil
		})
		require.NoError(t, err)
		require.Empty(t, w.told(platform))
	})
}

// Announcing costs no round trip and no commit, whether somebody is subscribed or not.
func TestAnnouncingCostsNoRoundTrip(t *testing.T) {
	eachWorld(t, func(w *world) {
		cost := func(phone string) (trips, commits int64) {
			w.customer(phone, "oi")
			who := w.enrol(phone, w.model(twoMessages))
			before := w.store.Cost()
			w.deposit(phone, chat.Event{Name: chat.MessageReceived, Message: &chat.InboundMessage{Content: chat.Content{Type: chat.Reaction}}})
			w.work(who.ContactID)
			w.at(w.now().Add(70 * time.Minute))
			w.work(who.ContactID)
			after := w.store.Cost()
			return after.Trips - before.Trips, after.Commits - before.Commits
		}
		w.at(local(10, 9, 0))
		trips, commits := cost(ana)
		platform := w.subscribe()
		w.at(local(11, 9, 0))
		subscribedTrips, subscribedCommits := cost(bruno)
		require.Equal(t, trips, subscribedTrips)
		require.Equal(t, commits, subscribedCommits)
		require.NotEmpty(t, w.told(platform))
	})
}
