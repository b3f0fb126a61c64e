package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/ai/scripted"
	"retoma/internal/provider/sandbox"
	"retoma/internal/store/storetest"
)

// TestTwoHundredSlowAssistantsDelayNobody keeps 200 calls of assistants in flight and measures how long other messages take
// meanwhile, from the request until the provider has accepted. The figures stand in docs/performance.md.
func TestTwoHundredSlowAssistantsDelayNobody(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			m := newMixed(t, engine)
			m.scene.config.SendLease = time.Minute
			m.process = m.launch("")
			m.writes("oi")
			m.heard(m.process)
			alone := m.sendingTimes(100)
			const people = 200
			m.ai.Answer(func(scripted.Request) scripted.Reply { return scripted.Hang() })
			m.keepAssistantsBusy(people)
			m.soon(func() bool { return m.ai.Waiting() == people })
			require.Equal(t, people, m.ai.Waiting())
			beside := m.sendingTimes(100)
			require.Equal(t, people, m.ai.Waiting(), "the assistants were in flight all the time")
			t.Logf("%s: a send takes p50 %v, p99 %v alone; p50 %v, p99 %v beside %d slow assistants", engine, alone[50], alone[99], beside[50], beside[99], people)
			require.Less(t, beside[50], 5*alone[50]+50*time.Millisecond)
		})
	}
}

// keepAssistantsBusy has as many people follow-ups that an assistant writes now.
func (m *mixed) keepAssistantsBusy(people int) {
	m.t.Helper()
	var asking sync.WaitGroup
	next := make(chan int)
	for range 8 {
		asking.Go(func() {
			for i := range next {
				m.busy(i)
			}
		})
	}
	for i := range people {
		next <- i
	}
	close(next)
	asking.Wait()
}

func (m *mixed) busy(i int) {
	_, err := m.whatsapp.Write(phoneOf(i), sandbox.Incoming{Text: "oi", Name: fmt.Sprintf("Pessoa %d", i)})
	if err != nil {
		m.t.Error(err)
		return
	}
	var contact string
	m.soon(func() bool {
		rows := m.data("/api/contacts?search=" + phoneOf(i))
		if len(rows) == 1 {
			contact = rows[0]["id"].(string)
		}
		return contact != ""
	})
	status, answer := m.call(http.MethodPatch, "/api/contacts/"+contact, map[string]any{"status": "novo"})
	if status != http.StatusOK {
		m.t.Errorf("status %d: %v", status, answer)
	}
	m.soon(func() bool {
		for _, row := range m.data("/api/followups/pending?contactId=" + contact) {
			status, _ := m.call(http.MethodPost, fmt.Sprintf("/api/followups/%s/send-now", row["id"]), nil)
			return status == http.StatusOK
		}
		return false
	})
}

// soon asks until it is so; it may be called from many goroutines.
func (m *mixed) soon(so func() bool) {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(3 * patience)
	for !so() {
		select {
		case <-look.C:
		case <-deadline:
			m.t.Error("it never came to be")
			return
		}
	}
}

// sendingTimes sends messages one after another and gives how long each took, sorted.
func (m *mixed) sendingTimes(count int) []time.Duration {
	m.t.Helper()
	times := make([]time.Duration, count)
	for i := range times {
		began := time.Now()
		status, answer := m.request(http.MethodPost, "/api/actions/send-message",
			map[string]any{"senderId": m.channel.ID, "to": "+" + ana, "message": fmt.Sprintf("mensagem %d", i)}, map[string]string{"Prefer": "wait=10"})
		times[i] = time.Since(began)
		require.Equal(m.t, http.StatusOK, status, "%v", answer)
	}
	slices.Sort(times)
	return times
}
