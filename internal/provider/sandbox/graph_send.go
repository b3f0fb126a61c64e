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
	Input  string `json:"input"`
	WaID   string `json:"wa_id,omitempty"`
	UserID string `json:"user_id,omitempty"`
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
		s.answerMarkRead(w, b, out)
		return
	}
	if refused == nil {
		s.checkLinks(r.Context(), out)
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
	// page is the status of an answer that is a page instead of JSON; 0 is none.
	page   int
	silent bool
	cut    bool
	hang   time.Duration
	// early is a status webhook to wait for before answering.
	early *delivery
}

// accept decides on a send under the lock: faults first, then what was wrong with the request, then limits, content and window.
func (s *Server) accept(b *Business, out *outgoing, malformed *graphError) accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	number, customer := b.PhoneNumberID, ""
	if out != nil {
		customer = canonical(out.customer)
	}
	result := accepted{}
	if a, page := s.strikes(faultHTMLError, number, customer); page {
		if result.page = a.whole("status"); !a.on("accepts") {
			return result
		}
	}
	if refused := s.refusedByFault(number, customer); refused != nil {
		return accepted{refused: refused}
	}
	if malformed != nil {
		return accepted{refused: malformed}
	}
	e, refused := s.compose(b, out)
	if refused != nil {
		return accepted{refused: refused}
	}
	s.book.add(e)
	result.answer = sendAnswer{MessagingProduct: "whatsapp", Contacts: []sendContact{s.contactOf(b, e, out)}, Messages: []sentMessage{{ID: e.ID}}}
	if e.Template != nil {
		result.answer.Messages[0].Status = s.holdTemplate(e)
	}
	if a, timeout := s.strikes(faultAcceptTimeout, number, customer); timeout {
		result.silent, result.cut, result.hang = true, a.text("mode") == "cut", a.millis("hangMs")
	}
	if s.struck(faultStatusFirst, number, customer) {
		result.early = s.step(e)
	} else {
		s.plan(e)
	}
	return result
}

// refusedByFault asks the faults that refuse a send at once.
func (s *Server) refusedByFault(number, customer string) *graphError {
	if a, refuses := s.strikes(faultNextError, number, customer); refuses {
		refused := refuse(a.whole("code"), "")
		refused.details = orText(a.text("details"), refused.details)
		if status := a.whole("httpStatus"); status >= http.StatusBadRequest {
			refused.status = status
		}
		return refused
	}
	for _, r := range refusalFaults {
		if a, refuses := s.strikesIf(r.name, number, customer, func(a arguments) bool { return !a.on("async") }); refuses {
			return refuse(a.whole("code"), "")
		}
	}
	return nil
}

// contactOf says whom a message goes to: the number in WhatsApp's own form, or the user's id if the send went there.
func (s *Server) contactOf(b *Business, e *entry, out *outgoing) sendContact {
	if out.customer != "" {
		return sendContact{Input: out.input, WaID: e.phone.waID}
	}
	who := e.phone.address(b, s.now())
	return sendContact{Input: out.userID, WaID: who.waID, UserID: out.userID}
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
	case result.page != 0:
		writePage(w, result.page)
	default:
		writeGraph(w, http.StatusOK, result.answer)
	}
}

// pages are what proxies answer, by HTTP status.
var pages = map[int]string{
	http.StatusInternalServerError: "<html><body>Internal Server Error</body></html>",
	http.StatusBadGateway:          "<html><body>Bad Gateway</body></html>",
	http.StatusServiceUnavailable:  "<html><body>Service Unavailable</body></html>",
	http.StatusGatewayTimeout:      "<html><body>Gateway Timeout</body></html>",
	http.StatusTooManyRequests:     "<html><body>Too Many Requests</body></html>",
	http.StatusBadRequest:          "<html><body>Bad Request</body></html>",
	http.StatusForbidden:           "<html><body>Forbidden</body></html>",
}

// writePage answers as a proxy does that has lost the server behind it.
func writePage(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, pages[status])
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

// answerMarkRead gives the customer's message and all earlier ones of that chat their blue ticks, and shows "typing" if asked.
func (s *Server) answerMarkRead(w http.ResponseWriter, b *Business, out *outgoing) {
	s.mu.Lock()
	e := s.book.byID[out.readID]
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
		if out.typing {
			e.phone.typing[b.PhoneNumberID] = s.now().Add(typingTime)
		}
	}
	s.mu.Unlock()
	if !known {
		s.refuseGraph(w, refuse(131009, "Param message_id is not the id of a message received by this number."))
		return
	}
	writeGraph(w, http.StatusOK, map[string]bool{"success": true})
}
