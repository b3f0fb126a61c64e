package ai

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"retoma/internal/fault"
)

// trouble is why a call brought no answer, and whether the same call may bring one later.
type trouble struct {
	fault *fault.Error
	again bool
	// after is how long the service asked to wait; 0 if it did not say.
	after time.Duration
}

// Error is that of the fault.
func (t *trouble) Error() string { return t.fault.Error() }

// Unwrap gives the fault.
func (t *trouble) Unwrap() error { return t.fault }

// unusable is an answer that nobody can use; asking again costs again and is left to people.
func unusable(text string) *trouble {
	return &trouble{fault: fault.New(fault.AIFailed, "%s", text)}
}

// troubleOf says what a failed call means: err, or the answer that came without one.
func troubleOf(endpoint Endpoint, answer answered, err error) *trouble {
	var refused *fault.Error
	switch {
	case errors.As(err, &refused):
		return &trouble{fault: refused}
	case errors.Is(err, errTooLarge):
		return unusable("a resposta do serviço de IA é grande demais")
	case answer.status == 0:
		found := fault.Wrap(fault.AIFailed, scrubbed(endpoint, err), "sem conexão com o serviço de IA: confira o endereço (baseUrl) e se ele está no ar")
		found.Detail = "no connection"
		return &trouble{fault: found, again: true}
	case answer.status >= 200 && answer.status <= 299:
		found := fault.Wrap(fault.AIFailed, scrubbed(endpoint, err), "a resposta do serviço de IA é ilegível (JSON inválido): confira se baseUrl aponta para uma API compatível com a da OpenAI")
		return &trouble{fault: found}
	}
	code := errorCode(answer.body)
	found := byStatus(endpoint, answer.status, code)
	found.Detail = fmt.Sprintf("HTTP %d", answer.status)
	if code != "" {
		found.Detail += " " + code
	}
	found.Cause = scrubbed(endpoint, err)
	after := retryAfter(answer.header)
	found.After = after
	return &trouble{fault: found, again: passing(answer.status, code), after: after}
}

// byStatus is the text for people.
func byStatus(endpoint Endpoint, status int, code string) *fault.Error {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault.New(fault.AIUnconfigured, "o serviço de IA recusou a chave (HTTP %d): confira apiKey no assistente, em settings.ai ou RETOMA_AI_API_KEY", status)
	case status == http.StatusNotFound || code == "model_not_found":
		return fault.New(fault.AIUnconfigured, "o serviço de IA não conhece o modelo %q ou o endereço está errado (HTTP %d): confira model e baseUrl", endpoint.Model, status)
	case code == outOfQuota || status == http.StatusPaymentRequired:
		return fault.New(fault.AIFailed, "a conta no serviço de IA está sem saldo ou cota (HTTP %d)", status)
	case status == http.StatusTooManyRequests:
		return fault.New(fault.AIFailed, "o serviço de IA pediu para esperar (HTTP 429, muitos pedidos)")
	case status >= 500:
		return fault.New(fault.AIFailed, "o serviço de IA está com problemas (HTTP %d)", status)
	case status >= 300 && status <= 399:
		return fault.New(fault.AIUnconfigured, "o endereço do serviço de IA leva a outro (HTTP %d): informe em baseUrl o endereço final", status)
	}
	return fault.New(fault.AIFailed, "o serviço de IA recusou o pedido (HTTP %d): confira model, temperature e o tamanho dos textos", status)
}

const outOfQuota = "insufficient_quota"

// passing tells what may be gone a moment later.
func passing(status int, code string) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		return true
	case http.StatusTooManyRequests:
		return code != outOfQuota
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

var plainCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,60}$`)

// errorCode is the service's own name of the failure. Its free text is left out: it may repeat keys and what people wrote.
func errorCode(body []byte) string {
	if !gjson.ValidBytes(body) {
		return ""
	}
	told := gjson.GetBytes(body, "error")
	for _, code := range []string{told.Get("code").String(), told.Get("type").String()} {
		if plainCode.MatchString(code) {
			return code
		}
	}
	return ""
}

// retryAfter reads how long to wait: seconds, milliseconds, or a date, which is taken against the answer's own Date, so
// that the two clocks need not agree (RFC 9110, section 10.2.3).
func retryAfter(header http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms >= 0 {
		return bound(ms, time.Millisecond)
	}
	told := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(told, 64); err == nil && seconds >= 0 {
		return bound(seconds, time.Second)
	}
	until, err := http.ParseTime(told)
	if err != nil {
		return 0
	}
	answered, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 0
	}
	return max(until.Sub(answered), 0)
}

func bound(count float64, unit time.Duration) time.Duration {
	return time.Duration(min(count*float64(unit), float64(24*time.Hour)))
}
