package web

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// letIn takes a request in, body and all, and has it handled; or refuses it at the door.
func (s *Server) letIn(c *fiber.Ctx) error {
	visitor := s.visitor(c)
	defer visitor.leave()
	err := s.crowded(visitor)
	if err == nil {
		err = visitor.glance()
	}
	if err == nil {
		err = s.takeBody(c, visitor)
	}
	if err == nil {
		err = visitor.enter()
	}
	if isTurnedAway(err) {
		s.leaveBody(c)
		return err
	}
	if err != nil {
		return err
	}
	return s.guarded(c)
}

func isTurnedAway(err error) bool {
	var away *turnedAway
	return errors.As(err, &away)
}

// crowded refuses whoever came over a connection that only questions about health may use.
func (s *Server) crowded(visitor *visit) error {
	if visitor == nil || s.doors.open() <= s.admission.limits.Connections {
		return nil
	}
	s.admission.mutex.Lock()
	defer s.admission.mutex.Unlock()
	return s.admission.refuse(visitor)
}

// prefetched is how much of a body the server has read when its handler is called.
const prefetched = 8 << 10

// leaveBody ends the connection if something of the body is still to come, or if connections are what there is too much of.
func (s *Server) leaveBody(c *fiber.Ctx) {
	length := c.Request().Header.ContentLength()
	if c.Request().IsBodyStream() && (length < 0 || length > prefetched) || s.doors.open() > s.admission.limits.Connections {
		c.Context().Response.SetConnectionClose()
	}
}

// visitor is the request at the door; nil for what is always answered: the process' health, its metrics, its pages, and the simulated
// WhatsApp, which stands in for somebody else's service.
func (s *Server) visitor(c *fiber.Ctx) *visit {
	path := c.Path()
	switch path {
	case "/", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics":
		return nil
	}
	if s.HasSandbox && (path == sandboxPath || strings.HasPrefix(path, sandboxPath+"/")) {
		return nil
	}
	v := &visit{admission: s.admission, kind: calls}
	if c.Method() == fiber.MethodPost && (strings.HasPrefix(path, "/webhooks/") || strings.HasPrefix(path, "/typebot/webhook/")) {
		v.kind, v.holder = webhooks, strings.Clone(path)
	}
	return v
}

// readWithin reads a body of at most limit bytes, piece by piece, each within the budget: what is announced and never comes takes none.
func readWithin(from io.Reader, announced int, limit int64, visitor *visit) ([]byte, error) {
	var body bytes.Buffer
	if announced > 0 && announced <= smallBody {
		body.Grow(announced + bytes.MinRead)
	}
	for int64(body.Len()) <= limit {
		piece := min(limit+1-int64(body.Len()), smallBody)
		if left := int64(announced - body.Len()); announced >= 0 {
			piece = min(piece, left)
		}
		if piece <= 0 {
			return body.Bytes(), nil
		}
		if err := visitor.hold(piece); err != nil {
			return nil, err
		}
		read, err := io.CopyN(&body, from, piece)
		if errors.Is(err, io.EOF) && (announced < 0 || read == piece) {
			return body.Bytes(), nil
		}
		if err != nil {
			return nil, BrokenBody(err)
		}
	}
	return nil, BrokenBody(nil)
}
