package app_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/ai/scripted"
	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// TestAKillAmongModelsRulesAndAssistantsLosesAndDoublesNothing mixes the three authoring formats for one contact and ends the
// process at one commit after another, also while the assistant writes. Whoever was not answered asks again, as callers do.
// In the end the phone shows every message once.
func TestAKillAmongModelsRulesAndAssistantsLosesAndDoublesNothing(t *testing.T) {
	points := []string{"receive:4", "receive:6", "work:2", "work:3", "work:4", "work:5", "finish:2", "finish:3", "finish:4", "finish:5", "edit:1", "edit:2"}
	for _, engine := range storetest.Engines() {
		for _, point := range points {
			t.Run(engine+" "+point, func(t *testing.T) {
				t.Parallel()
				m := newMixed(t, engine)
				first := m.launch(point)
				m.process = first
				m.play()
				first.endsItself(t)
				require.Equal(t, []string{"Ainda posso ajudar?", "escrito para Ana", "primeira", "segue a proposta", "segunda"}, slices.Sorted(slices.Values(m.received())))
			})
		}
	}
}

// TestAProcessThatIsStoppedWhileAnAssistantNeverAnswersEndsInTime stops a process politely in the middle of a writing; the
// next one writes.
func TestAProcessThatIsStoppedWhileAnAssistantNeverAnswersEndsInTime(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			m := newMixed(t, engine)
			m.ai.Then(scripted.Hang())
			m.process = m.launch("")
			m.writes("oi")
			m.heard(m.process)
			m.becomesNew()
			m.sendNow(m.config)
			require.Eventually(t, func() bool { return m.ai.Waiting() > 0 }, patience, 5*time.Millisecond)
			began := time.Now()
			m.process.terminate(t)
			require.Less(t, time.Since(began), patience)
			m.process = m.launch("")
			m.phoneShows("escrito para Ana")
		})
	}
}

// mixed is a scene with a rule and an assistant's configuration beside the model.
type mixed struct {
	*scene
	ai           *scripted.Server
	process      *process
	rule, config string
}

func newMixed(t *testing.T, engine string) *mixed {
	m := &mixed{scene: newScene(t, engine)}
	var err error
	m.ai, err = scripted.Start()
	require.NoError(t, err)
	t.Cleanup(m.ai.Close)
	m.ai.Answer(func(scripted.Request) scripted.Reply { return scripted.Say("escrito para Ana") })
	m.scene.config.AIBaseURL, m.scene.config.AIModel, m.scene.config.AIAPIKey = m.ai.BaseURL(), "modelo", "chave"
	first := m.launch("")
	m.rule = m.made("/api/followups/rules", map[string]any{"name": "Silêncio", "triggerType": "NO_RESPONSE", "triggerValue": 24,
		"triggerUnit": "hours", "message": "Ainda posso ajudar?"})
	assistant := m.made("/api/assistants", map[string]any{"name": "Lia", "persona": "Você é a Lia."})
	m.config = m.made("/backend/followup/configs", map[string]any{"assistant_id": assistant, "trigger_status_ids": []string{"novo"},
		"steps": []map[string]any{{"interval": "PT30M", "prompt": "Cumprimente"}}})
	first.terminate(t)
	return m
}

// made creates something and gives its id, with or without the envelope.
func (m *mixed) made(path string, body any) string {
	m.t.Helper()
	status, answer := m.call(http.MethodPost, path, body)
	require.Equal(m.t, http.StatusCreated, status, "%v", answer)
	if data, enveloped := answer["data"].(map[string]any); enveloped {
		answer = data
	}
	return answer["id"].(string)
}

// play is the whole story, with every request asked again until it is answered.
func (m *mixed) play() {
	m.t.Helper()
	m.writes("oi")
	m.heardByAny()
	m.asked(func() int {
		status, _ := m.keyed("proposta", "/api/actions/send-message", map[string]any{"senderId": m.channel.ID, "to": "+" + ana, "message": "segue a proposta"})
		return status
	})
	m.shows("segue a proposta")
	m.becomesNew()
	m.asked(func() int {
		status, _ := m.keyed("modelo", "/updatefollowup", map[string]any{"number": ana, "followup": m.model.Number})
		return status
	})
	m.sendNow(m.rule)
	m.sendNow(m.config)
	m.whole()
}

// asked repeats a request until somebody answers it; a process that has ended is started again.
func (m *mixed) asked(ask func() int) {
	m.t.Helper()
	var status int
	require.Eventually(m.t, func() bool {
		m.revive()
		status = ask()
		return status >= 200 && status < 300
	}, 3*patience, 50*time.Millisecond)
}

// shows waits until the phone shows a text.
func (m *mixed) shows(text string) {
	m.t.Helper()
	require.Eventually(m.t, func() bool {
		m.revive()
		m.decide()
		return slices.Contains(m.received(), text)
	}, 2*patience, 20*time.Millisecond)
}

// decide settles what is in doubt as the team would, by a look at the phone, and gives what was in doubt.
func (m *mixed) decide() []map[string]any {
	doubtful := m.data("/api/messages?status=unconfirmed")
	for _, message := range doubtful {
		m.resolve(message)
	}
	return doubtful
}

// revive starts the process again if it has ended.
func (m *mixed) revive() {
	select {
	case err := <-m.process.exited:
		m.process.exited <- err
		m.open(func(db *store.Store) {
			// As if the minute were over in which it might still be answered.
			require.NoError(m.t, db.ForgetRequest(context.Background(), m.tenant.ID, "modelo"))
		})
		m.process = m.launch("")
	default:
	}
}

func (m *mixed) heardByAny() {
	m.t.Helper()
	require.Eventually(m.t, func() bool {
		m.revive()
		rows := m.data("/api/conversations")
		return len(rows) == 1 && rows[0]["lastCustomerMessageAt"] != nil
	}, 2*patience, 20*time.Millisecond)
}

func (m *mixed) becomesNew() {
	m.t.Helper()
	contact := m.data("/api/contacts")
	require.Eventually(m.t, func() bool {
		m.revive()
		contact = m.data("/api/contacts")
		return len(contact) == 1
	}, 2*patience, 20*time.Millisecond)
	m.asked(func() int {
		status, _ := m.call(http.MethodPatch, "/api/contacts/"+contact[0]["id"].(string), map[string]any{"status": "novo"})
		return status
	})
}

// sendNow moves the pending follow-up of a rule or configuration to now, unless it has gone already.
func (m *mixed) sendNow(of string) {
	m.t.Helper()
	var last string
	require.Eventually(m.t, func() bool {
		m.revive()
		m.decide()
		last = fmt.Sprintf("pending %v, history %v, messages %v", m.data("/api/followups/pending"), m.data("/api/followups/history"), m.data("/api/messages"))
		for _, row := range m.data("/api/followups/pending") {
			if row["rule"].(map[string]any)["id"] == of {
				status, _ := m.call(http.MethodPost, fmt.Sprintf("/api/followups/%s/send-now", row["id"]), nil)
				return status >= 200 && status < 300
			}
		}
		for _, row := range m.data("/api/followups/history") {
			if row["rule"].(map[string]any)["id"] == of {
				return true
			}
		}
		return false
	}, 2*patience, 30*time.Millisecond, "%s", &lazily{&last})
}

// whole waits until nothing is pending; what is in doubt is decided by a look at the phone.
func (m *mixed) whole() {
	m.t.Helper()
	var last string
	require.Eventually(m.t, func() bool {
		m.revive()
		doubtful := m.decide()
		pending := m.data("/api/followups/pending")
		last = fmt.Sprintf("pending %v, doubtful %v, phone %v", pending, doubtful, m.received())
		return len(pending) == 0 && len(doubtful) == 0 && len(m.received()) >= 5 && m.whatsapp.Idle()
	}, 3*patience, 50*time.Millisecond, "%s", &lazily{&last})
}
