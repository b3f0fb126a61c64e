package app_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/store"
	"retoma/internal/store/storetest"
)

// TestAKillAtEveryCommitPointLosesAndDoublesNothing ends the process at each commit of the two walks - a webhook and a due
// send - and starts it again. Whatever was acknowledged is done in the end, once: the phone shows both messages, in order.
// A send whose process died between claim and answer is in doubt: it waits for the provider's word or for the team's, and
// is never repeated by itself.
func TestAKillAtEveryCommitPointLosesAndDoublesNothing(t *testing.T) {
	points := []string{"receive:1", "receive:2", "receive:3", "work:1", "work:2", "finish:1", "finish:2"}
	for _, engine := range storetest.Engines() {
		for _, point := range points {
			t.Run(engine+" "+point, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, engine)
				first := s.launch(point)
				s.writes("oi")
				s.heard(first)
				acknowledged := s.enrolUntil(first)
				first.endsItself(t)
				s.launch("")
				if !acknowledged {
					s.enrol() // whoever was not answered asks again; the same one again changes nothing while it is active
				}
				s.settle()
				require.Equal(t, []string{"primeira", "segunda"}, s.firstTwo())
				if acknowledged {
					require.Len(t, s.received(), 2)
				}
			})
		}
	}
}

// endsItself waits for the commit point to come.
func (p *process) endsItself(t *testing.T) {
	t.Helper()
	select {
	case err := <-p.exited:
		p.exited <- err
	case <-time.After(patience):
		t.Fatal("the commit point never came")
	}
}

// heard waits until the customer's message has been worked on, or the process is gone.
func (s *scene) heard(p *process) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		select {
		case err := <-p.exited:
			p.exited <- err
			return true
		default:
		}
		for _, conversation := range s.data("/api/conversations") {
			if conversation["lastCustomerMessageAt"] != nil {
				return true
			}
		}
		return false
	}, patience, 10*time.Millisecond, "the customer's message was never worked on")
}

// enrolUntil enrols until it is acknowledged or the process is gone.
func (s *scene) enrolUntil(p *process) (acknowledged bool) {
	for {
		status, _ := s.call(http.MethodPost, "/updatefollowup", map[string]any{"number": ana, "followup": s.model.Number})
		if status == http.StatusOK {
			return true
		}
		select {
		case err := <-p.exited:
			p.exited <- err
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// settle waits until nothing is pending. What is in doubt is decided as the team would: by a look at the phone.
func (s *scene) settle() {
	s.t.Helper()
	var last string
	require.Eventually(s.t, func() bool {
		doubtful := s.data("/api/messages?status=unconfirmed")
		for _, message := range doubtful {
			s.resolve(message)
		}
		pending := s.data("/api/followups/pending")
		last = fmt.Sprintf("pending %v, doubtful %v, phone %v", pending, doubtful, s.received())
		return len(pending) == 0 && len(doubtful) == 0 && len(s.received()) >= 2
	}, patience, 50*time.Millisecond, "%s", &lazily{&last})
}

type lazily struct{ text *string }

func (l *lazily) String() string { return *l.text }

// resolve decides about a message in doubt once no webhook about it is under way any more.
func (s *scene) resolve(message map[string]any) { s.resolveOn(ana, message) }

func (s *scene) resolveOn(phone string, message map[string]any) {
	id, _ := message["id"].(string)
	as := "resend"
	for _, seen := range s.whatsapp.Messages(phone) {
		if seen.Tracker == id {
			as = "sent"
		}
	}
	s.call(http.MethodPost, "/api/messages/"+id+"/resolve", map[string]any{"as": as})
}

// firstTwo are the first two messages; a run that had finished before the second enrolment starts anew, which is right.
func (s *scene) firstTwo() []string {
	received := s.received()
	require.Zero(s.t, len(received)%2, "an enrolment sends both messages or none: %v", received)
	for i, text := range received {
		require.Equal(s.t, []string{"primeira", "segunda"}[i%2], text, "in order and never twice: %v", received)
	}
	return received[:2]
}

// TestAKillBetweenTheProvidersAcceptanceAndItsAnswerDoublesNothing ends the process while the provider holds a message that
// it has taken. The status webhook, which carries our message id, settles it.
func TestAKillBetweenTheProvidersAcceptanceAndItsAnswerDoublesNothing(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			first := s.launch("")
			s.onSend(func() {
				s.onSend(nil)
				first.kill()
			})
			s.writes("oi")
			s.heard(first)
			s.enrolUntil(first)
			first.waitEnd()
			s.launch("")
			s.settle()
			require.Equal(t, []string{"primeira", "segunda"}, s.firstTwo())
			require.Len(t, s.received(), 2)
		})
	}
}

// TestARequestWithAnIdempotencyKeyThatDiedIsAnsweredAndNotDoneTwice ends the process right after the message was written
// down, before the caller was answered. The caller asks again with the same key.
func TestARequestWithAnIdempotencyKeyThatDiedIsAnsweredAndNotDoneTwice(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			first := s.launch("enqueue:1")
			s.writes("oi")
			s.heard(first)
			ask := func() (int, map[string]any) {
				return s.keyed("k1", "/api/actions/send-message", map[string]any{"senderId": s.channel.ID, "to": "+" + ana, "message": "uma vez só"})
			}
			ask()
			first.endsItself(t)
			s.launch("")
			status, answer := ask()
			require.Equal(t, http.StatusAccepted, status, "%v", answer)
			s.phoneShows("uma vez só")
			again, same := ask()
			require.Equal(t, status, again)
			require.Equal(t, answer, same)
			s.waitFor("/api/conversations", func([]map[string]any) bool { return s.whatsapp.Idle() })
			require.Equal(t, []string{"uma vez só"}, s.received())
		})
	}
}

// TestAKeyedEnrolmentThatDiedIsNotDoneTwice ends the process right after the enrolment was written down.
func TestAKeyedEnrolmentThatDiedIsNotDoneTwice(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, engine)
			first := s.launch("receive:2")
			s.writes("oi")
			s.heard(first)
			ask := func() (int, map[string]any) {
				return s.keyed("k1", "/updatefollowup", map[string]any{"number": ana, "followup": s.model.Number})
			}
			ask()
			first.endsItself(t)
			s.open(func(db *store.Store) {
				// As if the minute were over in which the first request might still have been answered.
				require.NoError(t, db.ForgetRequest(context.Background(), s.tenant.ID, "k1"))
			})
			s.launch("")
			s.settle()
			status, answer := ask()
			require.Equal(t, http.StatusOK, status, "%v", answer)
			s.writes("tudo certo")
			s.waitFor("/api/followups/history", func(rows []map[string]any) bool {
				return rows[0]["respondedAt"] != nil || rows[1]["respondedAt"] != nil
			})
			require.Equal(t, []string{"primeira", "segunda"}, s.received())
		})
	}
}
