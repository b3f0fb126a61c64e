package web

import (
	"errors"
	"mime"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"retoma/internal/fault"
)

const (
	// bodyLimit is the largest body; Meta's webhooks have up to 3 MB (providers.md section 1.6).
	bodyLimit = 3 << 20
	// FileLimit is the largest body of an upload, with some room for what a form puts around a file.
	FileLimit = 100<<20 + 1<<20
	// FileTimeout is how long a file may take, in or out: 100 MB at 1.4 Mbit/s.
	FileTimeout = 10 * time.Minute
	FilesPath   = "/api/media"
	sandboxPath = "/sandbox"
)

// carriesFile tells which requests may be long: uploads, which read their bodies themselves as they come, and downloads.
func carriesFile(method, path string) (upload, download bool) {
	path = strings.TrimRight(strings.ToLower(path), "/")
	return method == fiber.MethodPost && path == FilesPath, method == fiber.MethodGet && strings.HasPrefix(path, FilesPath+"/")
}

// headerRefused marks a request whose body is not read at all, because it announced too much.
const headerRefused = "X-Retoma-Too-Large"

// heading looks at a request before anything of its body is read. A body that announces too much is passed over: the
// connection ends after the answer. Files get the time that they need; everything else has the server's own time limits.
func (s *Server) heading(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
	path, _, _ := strings.Cut(string(header.RequestURI()), "?")
	upload, download := carriesFile(string(header.Method()), path)
	if int64(header.ContentLength()) > s.bodyLimit(path, upload) {
		header.SetContentLength(0)
		header.SetConnectionClose()
		header.Set(headerRefused, "1")
	}
	switch {
	case upload:
		return fasthttp.RequestConfig{ReadTimeout: FileTimeout}
	case download:
		return fasthttp.RequestConfig{WriteTimeout: FileTimeout}
	}
	return fasthttp.RequestConfig{}
}

// takeBody reads a request's body, unless its handler reads it as it comes. The server hands all bodies over as streams,
// so it is here that too large ones are refused: by what they announce, or as soon as they pass the limit.
//
// A body that is not read to its end ends the connection: its rest must not be taken for another request.
func (s *Server) takeBody(c *fiber.Ctx, visitor *visit) error {
	request := c.Request()
	upload, _ := carriesFile(c.Method(), c.Path())
	switch {
	case c.Get(headerRefused) != "" && upload:
		return ErrFileTooLarge()
	case c.Get(headerRefused) != "":
		return fiber.ErrRequestEntityTooLarge
	case !request.IsBodyStream():
		return nil
	case request.Header.ContentLength() < 0 && !tellsItsEnd(c.Get(fiber.HeaderContentType)):
		c.Context().Response.SetConnectionClose()
		return fiber.ErrLengthRequired
	case upload:
		c.Context().Response.SetConnectionClose()
		return nil
	}
	body, err := readWithin(request.BodyStream(), request.Header.ContentLength(), s.bodyLimit(c.Path(), upload), visitor)
	if err != nil {
		if !isTurnedAway(err) {
			c.Context().Response.SetConnectionClose()
		}
		return err
	}
	request.SetBodyRaw(body)
	return nil
}

// tellsItsEnd tells whether a body of a type that was cut off can be told from a whole one. Where the length is not announced,
// the server takes a connection that broke for the body's end.
func tellsItsEnd(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return contentType == "" || err == nil && (kind == fiber.MIMEApplicationJSON || strings.HasSuffix(kind, "+json") || kind == fiber.MIMEMultipartForm)
}

// bodyLimit is how long a request's body may be, in bytes.
func (s *Server) bodyLimit(path string, upload bool) int64 {
	if upload || s.HasSandbox && strings.HasPrefix(path, sandboxPath) {
		return FileLimit // files go to the simulated WhatsApp, too; it is there for development only
	}
	return bodyLimit
}

// BrokenBody says what was wrong with a body that could not be read; without an error it was too long.
func BrokenBody(err error) error {
	var network net.Error
	switch {
	case err == nil:
		return fiber.ErrRequestEntityTooLarge
	case errors.As(err, &network) && network.Timeout():
		return fiber.ErrRequestTimeout
	}
	return fiber.ErrBadRequest
}

// ErrFileTooLarge refuses a file.
func ErrFileTooLarge() error {
	failure := fault.New(fault.TooLarge, "o arquivo passa do limite de 100 MB")
	failure.Field = "file"
	return failure
}
