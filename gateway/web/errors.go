package web

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/flows"
	"retoma/internal/fault"
)

// Failure is the body of every answer that is not a success (api.md, Conventions).
type Failure struct {
	Success bool       `json:"success" enum:"false" doc:"sempre false"`
	Text    string     `json:"error" doc:"para pessoas"`
	Code    fault.Code `json:"code" doc:"para programas"`
	Field   string     `json:"field,omitempty" doc:"caminho do valor recusado"`
	// Problems lists every mistake of a document, when there is more than one.
	Problems []Problem `json:"problems,omitempty" doc:"todos os erros de um documento"`
	// MessageID is the message that was made and failed, for callers who waited for it.
	MessageID string `json:"messageId,omitempty"`

	// Status is the answer's.
	Status  int `json:"-"`
	headers http.Header
}

// Problem is one of several mistakes.
type Problem struct {
	Field string `json:"field,omitempty"`
	Text  string `json:"error"`
}

// GetStatus is the HTTP status.
func (f *Failure) GetStatus() int { return f.Status }

// GetHeaders are what goes with the answer, such as Retry-After.
func (f *Failure) GetHeaders() http.Header { return f.headers }

// Error is the text for people.
func (f *Failure) Error() string { return f.Text }

// retryAfter is what callers are told to wait where nobody knows better.
const retryAfter = 2 * time.Second

// FailureOf turns any error into its answer. What is no fault is "erro interno", except a database that is away.
func FailureOf(err error) *Failure {
	var already *Failure
	if errors.As(err, &already) {
		return already
	}
	found := fault.Of(err)
	if found.Code == fault.Internal && away(err) {
		found = fault.Wrap(fault.Unavailable, err, "o banco de dados não responde; tente de novo em instantes")
	}
	answer := &Failure{Text: found.Message, Code: found.Code, Field: found.Field, Status: found.Code.Status()}
	switch {
	case found.Code == fault.Internal:
		answer.Text = "erro interno"
	case found.Code == fault.Invalid:
		answer.Text = validationText(found.Field, found.Message)
	}
	if answer.Status == http.StatusServiceUnavailable || answer.Status == http.StatusTooManyRequests {
		answer.headers = http.Header{fiber.HeaderRetryAfter: {seconds(found.After)}}
	}
	var list flows.Problems
	if errors.As(err, &list) && len(list) > 1 {
		for _, one := range list {
			answer.Problems = append(answer.Problems, Problem{Field: one.Field, Text: one.Message})
		}
	}
	return answer
}

func validationText(field, what string) string {
	if field == "" {
		return "Erro de validação: " + what
	}
	return "Erro de validação: " + field + ": " + what
}

func seconds(wait time.Duration) string {
	if wait <= 0 {
		wait = retryAfter
	}
	return strconv.Itoa(int(math.Ceil(wait.Seconds())))
}

// away tells a database that cannot be reached, or did not answer in time, from a mistake of ours.
func away(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

// failed is FailureOf for typed handlers: the log learns the cause.
func (s *Server) failed(ctx context.Context, err error) error {
	recordOf(ctx).problem = err
	return FailureOf(err)
}

// refuse answers every error of a plain handler and of fiber itself.
func (s *Server) refuse(c *fiber.Ctx, err error) error {
	var own *fiber.Error
	if errors.As(err, &own) {
		err = fault.New(codeOfStatus(own.Code), "%s", textOfStatus(own.Code))
	}
	answer := FailureOf(err)
	if own != nil {
		answer.Status = own.Code
	}
	for name, values := range answer.headers {
		for _, value := range values {
			c.Set(name, value)
		}
	}
	if len(c.Response().Header.Peek(fiber.HeaderXRequestID)) == 0 {
		c.Set(fiber.HeaderXRequestID, s.NewID())
	}
	return AsJSON(c, answer.Status, answer)
}

func codeOfStatus(status int) fault.Code {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return fault.NotFound
	case http.StatusRequestEntityTooLarge, http.StatusRequestHeaderFieldsTooLarge:
		return fault.TooLarge
	case http.StatusUnsupportedMediaType:
		return fault.Unsupported
	case http.StatusServiceUnavailable, http.StatusRequestTimeout:
		return fault.Unavailable
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusLengthRequired, http.StatusRequestedRangeNotSatisfiable:
		return fault.Invalid
	}
	return fault.Internal
}

func textOfStatus(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Não encontrado"
	case http.StatusMethodNotAllowed:
		return "este endereço não aceita este método"
	case http.StatusRequestEntityTooLarge:
		return "o conteúdo passa do limite de 3 MB"
	case http.StatusRequestHeaderFieldsTooLarge:
		return "os cabeçalhos são grandes demais"
	case http.StatusRequestTimeout:
		return "o pedido demorou demais para chegar"
	case http.StatusUnsupportedMediaType:
		return "tipo de conteúdo desconhecido: envie application/json, sem compressão"
	case http.StatusBadRequest:
		return "pedido malformado"
	case http.StatusLengthRequired:
		return "informe o tamanho do conteúdo (Content-Length), ou mande um formulário"
	case http.StatusRequestedRangeNotSatisfiable:
		return "a parte pedida está depois do fim do arquivo"
	}
	return "erro interno"
}

// describeFailure says in the document how the route fails.
func (s *Server) describeFailure(op *huma.Operation) {
	schema := s.api.OpenAPI().Components.Schemas.Schema(failureType, true, "Failure")
	op.Responses["default"] = &huma.Response{Description: "Falha", Content: JSONContent(schema)}
}
