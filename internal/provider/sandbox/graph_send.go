package sandbox

import (
	"io"
	"net/http"
	"time"
)

// sendAnswer is Meta's answer to a send: 200 means accepted, no more.
type sendAnswer struct {
	MessagingProduct string        `json:"messaging_product"`
	Contacts         []sendContact `json:"contacts"`
	Messages         []sentMessage `json:"messages"`
}

type sendContact struct {
	Input string `json:"input"`
	WaID  string `json:"wa_id"`
}

type sentMessage struct {
	ID     string `json:"id"`
	Status string `json:"message_status,omitempty"`
}

// longestTry bounds how long statusBeforeAnswer waits for the callback.
const longestTry = 5 * time.Second

func (s *Server) postGraphMessage(w http.ResponseWriter, r *http.Request, b *Business) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.refuseGraph(w, refuse(100, "The request body could not be read."))
		return
	}
	out, refused := decodeSend(body)
	if refused == nil && out.readID != "" {
		s.answerMarkRead(w, b, out.readID)
		return
	}
	result := s.accept(b, out, refused)
	if result.refused != nil {
		s.refuseGraph(w, result.refused)
		return
	}
	s.answerSend(w, r, result)
}

// accepted is the outcome of a send and the faults that the answer meets.
type accepted struct {
	refused *graphError
	answer  sendAnswer
	html    bool
	silent  bool
	cut     bool
	hang    time.Duration
	// early is a status webhook to wait for before answering.
	early *delivery
}

// accept decides on a send under the lock: faults first, then what was wrong with the request, then window and template.
func (s *Server) accept(b *Business, out *outgoing, malformed *graphError) accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	faults := s.faults.of(b.PhoneNumberID)
	html := take(&faults.HTMLError)
	if html && !faults.HTMLErrorAccepts {
		return accepted{html: true}
	}
	if refused := faults.takeError(); refused != nil {
		return accepted{refused: refused}
	}
	if malformed != nil {
		return accepted{refused: malformed}
	}
	e, refused := s.compose(b, out, faults)
	if refused != nil {
		return accepted{refused: refused}
	}
	s.book.add(e)
	result := accepted{html: html, answer: sendAnswer{MessagingProduct: "whatsapp",
		Contacts: []sendContact{{Input: out.input, WaID: out.customer}}, Messages: []sentMessage{{ID: e.ID}}}}
	if e.Template != nil {
		result.answer.Messages[0].Status = "accepted"
	}
	if take(&faults.AcceptThenTimeout) {
		result.silent, result.cut = true, faults.TimeoutMode == "cut"
		result.hang = time.Duration(faults.HangMs) * time.Millisecond
	}
	if faults.StatusBeforeAnswer {
		result.early = s.step(e)
	} else {
		s.plan(e)
	}
	return result
}

func (s *Server) answerSend(w http.ResponseWriter, r *http.Request, result accepted) {
	if result.early != nil {
		s.awaitTry(r, result.early)
	}
	switch {
	case result.silent:
		if !result.cut {
			s.pause(r, result.hang)
		}
		cutConnection(w)
	case result.html:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><body>Bad Gateway</body></html>")
	default:
		writeGraph(w, http.StatusOK, result.answer)
	}
}

func (s *Server) awaitTry(r *http.Request, d *delivery) {
	timer := time.NewTimer(longestTry)
	defer timer.Stop()
	select {
	case <-d.tried:
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.closed:
	}
}

// answerMarkRead gives the customer's message and all earlier ones of that chat their blue ticks.
func (s *Server) answerMarkRead(w http.ResponseWriter, b *Business, id string) {
	s.mu.Lock()
	e := s.book.byID[id]
	known := e != nil && e.From == FromCustomer && e.PhoneNumberID == b.PhoneNumberID
	if known {
		for _, earlier := range e.phone.entries {
			if earlier.From == FromCustomer && earlier.PhoneNumberID == b.PhoneNumberID {
				earlier.Status = StatusRead
			}
			if earlier == e {
				break
			}
		}
	}
	s.mu.Unlock()
	if !known {
		s.refuseGraph(w, refuse(131009, "Param message_id is not the id of a message received by this number."))
		return
	}
	writeGraph(w, http.StatusOK, map[string]bool{"success": true})
}
