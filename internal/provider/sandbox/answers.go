package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"retoma/internal/fault"
)

type success struct {
	Success bool `json:"success"`
	Data    any  `json:"data"`
}

type failure struct {
	Success bool   `json:"success"`
	Error   string `json:"error"`
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`
}

// answer turns a function of the control API into a handler that answers in the envelope of the product's own API.
func answer(f func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := f(r)
		if err != nil {
			writeFailure(w, err)
			return
		}
		writeJSON(w, http.StatusOK, success{Success: true, Data: data})
	})
}

func writeFailure(w http.ResponseWriter, err error) {
	e := fault.Of(err)
	out := failure{Error: e.Message, Code: string(e.Code), Field: e.Field}
	if e.Field != "" {
		out.Error = "Erro de validação: " + e.Field + ": " + e.Message
	}
	writeJSON(w, e.Code.Status(), out)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // a client that went away cannot be told
}

// readBody reads a body whole, up to the size that Meta's own webhooks have.
func readBody(r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "o corpo não pôde ser lido")
	}
	if len(raw) > maxBody {
		return nil, fault.New(fault.TooLarge, "o corpo passa de 3 MB")
	}
	return raw, nil
}

// readJSON reads a body strictly: an unknown key is a mistake of the caller that should not pass in silence.
func readJSON(r *http.Request, into any) error {
	raw, err := readBody(r)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return jsonFault(decoder.Decode(into))
}

func jsonFault(err error) error {
	if err == nil {
		return nil
	}
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return fault.Field(strings.Trim(name, `"`), "campo desconhecido")
	}
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Field != "" {
		return fault.Field(wrongType.Field, "valor de tipo errado")
	}
	var badTime *time.ParseError
	if errors.As(err, &badTime) {
		return fault.New(fault.Invalid, "um horário não está na forma 2026-07-10T13:00:00Z: %s", badTime.Value)
	}
	return fault.Wrap(fault.Invalid, err, "o corpo não é um objeto JSON válido")
}

func noSuchRoute(*http.Request) (any, error) {
	return nil, fault.New(fault.NotFound, "rota não encontrada")
}

// sameOriginOnly keeps pages of other sites that are open in the same browser from using the control API.
func sameOriginOnly(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeFailure(w, fault.New(fault.Forbidden, "pedido vindo de outro site"))
	}))
	return protection.Handler(next)
}
