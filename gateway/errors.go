package gateway

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

// failure is the body of every answer that is not a success (api.md, Conventions).
type failure struct {
	Success bool       `json:"success" enum:"false" doc:"sempre false"`
	Text    string     `json:"error" doc:"para pessoas"`
	Code    fault.Code `json:"code" doc:"para programas"`
	Field   string     `json:"field,omitempty" doc:"caminho do valor recusado"`
	// Problems lists every mistake of a document, when there is more than one.
	Problems []problem `json:"problems,omitempty" doc:"todos os erros de um documento"`
	// MessageID is the message that was made and failed, for callers who waited for it.
	MessageID string `json:"messageId,omitempty"`

	status  int
	headers http.Header
}

type problem struct {
	Field string `json:"field,omitempty"`
	Text  string `json:"error"`
}

// GetStatus is the HTTP status.
func (f *failure) GetStatus() int { return f.status }

// GetHeaders are what goes with the answer, such as Retry-After.
func (f *failure) GetHeaders() http.Header { return f.headers }

// Error is the text for people.
func (f *failure) Error() string { return f.Text }

// retryAfter is what callers are told to wait where nobody knows better.
const retryAfter = 2 * time.Second

// failureOf turns any error into its answer. What is no fault is "erro interno", except a database that is away.
func failureOf(err error) *failure {
	var already *failure
	if errors.As(err, &already) {
		return already
	}
	found := fault.Of(err)
	if found.Code == fault.Internal && away(err) {
		found = fault.Wrap(fault.Unavailable, err, "o banco de dados não responde; tente de novo em instantes")
	}
	answer := &failure{Text: found.Message, Code: found.Code, Field: found.Field, status: found.Code.Status()}
	switch {
	case found.Code == fault.Internal:
		answer.Text = "erro interno"
	case found.Code == fault.Invalid:
		answer.Text = validationText(found.Field, found.Message)
	}
	if answer.status == http.StatusServiceUnavailable || answer.status == http.StatusTooManyRequests {
		answer.headers = http.Header{fiber.HeaderRetryAfter: {seconds(found.After)}}
	}
	var list flows.Problems
	if errors.As(err, &list) && len(list) > 1 {
		for _, one := range list {
			answer.Problems = append(answer.Problems, problem{Field: one.Field, Text: one.Message})
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

// failed is failureOf for typed handlers: the log learns the cause.
func (g *Gateway) failed(ctx context.Context, err error) error {
	recordOf(ctx).problem = err
	return failureOf(err)
}

// refuse answers every error of a plain handler and of fiber itself.
func (g *Gateway) refuse(c *fiber.Ctx, err error) error {
	var own *fiber.Error
	if errors.As(err, &own) {
		err = fault.New(codeOfStatus(own.Code), "%s", textOfStatus(own.Code))
	}
	answer := failureOf(err)
	if own != nil {
		answer.status = own.Code
	}
	for name, values := range answer.headers {
		for _, value := range values {
			c.Set(name, value)
		}
	}
	if len(c.Response().Header.Peek(fiber.HeaderXRequestID)) == 0 {
		c.Set(fiber.HeaderXRequestID, g.NewID())
	}
	return asJSON(c, answer.status, answer)
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
func (g *Gateway) describeFailure(op *huma.Operation) {
	schema := g.api.OpenAPI().Components.Schemas.Schema(failureType, true, "Failure")
	op.Responses["default"] = &huma.Response{Description: "Falha", Content: jsonContent(schema)}
}
