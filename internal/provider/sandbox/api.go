package sandbox

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"retoma/internal/fault"
)

func (s *Server) getPhones(r *http.Request) (any, error) {
	limit, err := strconv.Atoi(orText(r.URL.Query().Get("limit"), "50"))
	if err != nil || limit < 1 || limit > 1000 {
		return nil, fault.Field("limit", "deve ser de 1 a 1000")
	}
	return s.Phones(limit), nil
}

func (s *Server) postPhone(r *http.Request) (any, error) {
	var change PhoneChange
	if err := readJSON(r, &change); err != nil {
		return nil, err
	}
	return s.SetPhone(r.PathValue("number"), change)
}

func (s *Server) getMessages(r *http.Request) (any, error) {
	number, err := customerNumber(r.PathValue("number"))
	if err != nil {
		return nil, err
	}
	messages := s.Messages(number)
	query := r.URL.Query()
	if query.Get("channelId") == "" && query.Get("phoneNumberId") == "" {
		return messages, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.registry.choose(query.Get("channelId"), query.Get("phoneNumberId"))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(messages, func(m Message) bool { return m.PhoneNumberID != b.PhoneNumberID }), nil
}

func (s *Server) postMessage(r *http.Request) (any, error) {
	var in Incoming
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	id, err := s.Write(r.PathValue("number"), in)
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": id}, nil
}

func (s *Server) postRead(r *http.Request) (any, error) {
	number, err := customerNumber(r.PathValue("number"))
	if err != nil {
		return nil, err
	}
	return map[string]int{"messages": s.Read(number)}, nil
}

func (s *Server) getBusinesses(*http.Request) (any, error) {
	businesses := s.Businesses()
	for i := range businesses {
		businesses[i].AccessToken, businesses[i].AppSecret, businesses[i].VerifyToken = "", "", ""
	}
	return businesses, nil
}

func (s *Server) postBusiness(r *http.Request) (any, error) {
	var b Business
	if err := readJSON(r, &b); err != nil {
		return nil, err
	}
	if err := s.Register(b); err != nil {
		return nil, err
	}
	return map[string]string{"phoneNumberId": b.PhoneNumberID}, nil
}

func (s *Server) postVerify(r *http.Request) (any, error) {
	if err := s.VerifyCallback(r.Context(), r.PathValue("phoneNumberID")); err != nil {
		return nil, err
	}
	return map[string]bool{"verified": true}, nil
}

// webhooksView is what GET api/webhooks shows; Waiting is filled when ?pending is asked for.
type webhooksView struct {
	WebhookCounts
	Idle    bool             `json:"idle"`
	Waiting []waitingWebhook `json:"waiting,omitempty"`
}

type waitingWebhook struct {
	PhoneNumberID string `json:"phoneNumberId"`
	Attempts      int    `json:"attempts"`
	LastError     string `json:"lastError,omitempty"`
}

// getWebhooks counts; ?pending lists up to 100 that wait, ?wait=N first waits up to N seconds (at most 30) until all is idle.
func (s *Server) getWebhooks(r *http.Request) (any, error) {
	query := r.URL.Query()
	if text := query.Get("wait"); text != "" {
		wait, err := strconv.Atoi(text)
		if err != nil || wait < 0 || wait > 30 {
			return nil, fault.Field("wait", "deve ser de 0 a 30 segundos")
		}
		ctx, cancel := context.WithTimeout(r.Context(), time.Duration(wait)*time.Second)
		defer cancel()
		_ = s.WaitIdle(ctx) // the answer says whether it is idle
	}
	view := webhooksView{WebhookCounts: s.WebhookCounts(), Idle: s.Idle()}
	if query.Has("pending") {
		view.Waiting = s.courier.waiting(100)
	}
	return view, nil
}

func (s *Server) getFaults(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	view := s.faults.view()
	view.Armed, view.Known = s.faults.armedView(s.now()), s.faults.known(s.now())
	return view, nil
}

// postFaults changes what stands, or arms rules: a document that names a fault or a list to arm.
func (s *Server) postFaults(r *http.Request) (any, error) {
	raw, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if err := s.SetFaults(raw); err != nil {
		return nil, err
	}
	return s.getFaults(r)
}

// deleteFaults takes away all faults, those of one number (?phoneNumberId=) or the rules of one name (?fault=).
func (s *Server) deleteFaults(r *http.Request) (any, error) {
	query := r.URL.Query()
	s.mu.Lock()
	if name := query.Get("fault"); name != "" {
		s.faults.disarm(name)
	} else {
		s.faults.reset(query.Get("phoneNumberId"))
	}
	s.mu.Unlock()
	return s.getFaults(r)
}
