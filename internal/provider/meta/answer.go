package meta

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// fault judges an answer that is not a success (domain.md section 6). A JSON error body is an answer whatever the
// status; of the rest, 408, 502, 504 and any 5xx leave a send in doubt, and so does a passing error behind 502
// or 504, because those come from a gateway that may have lost the real answer.
func (got answer) fault(channel chat.Channel, sending bool) *fault.Error {
	found, number, detail, isError := got.read()
	gateway := got.status == http.StatusBadGateway || got.status == http.StatusGatewayTimeout
	doubtful := !isError && (got.status >= 500 || got.status == http.StatusRequestTimeout) ||
		isError && gateway && found.Code == fault.ProviderDown
	switch {
	case doubtful && sending:
		found = row{Code: fault.Unconfirmed}
	case doubtful:
		found = row{Code: fault.ProviderDown}
	case !isError:
		found = row{Code: codeOfStatus(got.status)}
	}
	failure := found.failure(number)
	failure.Detail = hideText(channel, detail)
	if asked := got.retryAfter(); asked > 0 {
		failure.After = asked
	}
	return failure
}

// failure is the row as an error. Where the table has no words for a code, the ones for its meaning must do.
func (r row) failure(number string) *fault.Error {
	failure := fault.New(r.Code, "%s", r.Explanation)
	failure.Remedy, failure.Reach, failure.After = r.Remedy, r.reach(number), r.coolDown
	if r.Explanation == "" {
		failure.Message = advice(r.Code)
	}
	return failure
}

// read finds the error in the body. Where the code says too little, the HTTP status helps.
func (got answer) read() (found row, number, detail string, isError bool) {
	root, valid := readJSON(got.body)
	body := root.Get("error")
	if !valid || got.cut || !root.IsObject() || (!body.IsObject() && body.Type != gjson.String) {
		return row{}, "", httpDetail(got.status), false
	}
	if body.Type == gjson.String {
		return row{Code: codeOfStatus(got.status)}, "", firstText(maskNumbers(shorten(textOf(body))), httpDetail(got.status)), true
	}
	reported := readError(body)
	found = reported.fault()
	_, listed := lookUp(reported.code, reported.subcode)
	if (!reported.known || !listed) && found.Code == fault.ProviderRejected {
		found.Code = codeOfStatus(got.status)
	}
	return found, reported.number(), firstText(reported.detail(), httpDetail(got.status)), true
}

// codeOfStatus judges by HTTP status alone, where no code is known.
func codeOfStatus(status int) fault.Code {
	switch {
	case status == http.StatusTooManyRequests:
		return fault.RateLimited
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault.Auth
	case status >= 500:
		return fault.ProviderDown
	}
	return fault.ProviderRejected
}

func httpDetail(status int) string { return "HTTP " + strconv.Itoa(status) }

// maxRetryAfter keeps a nonsensical header from stopping a channel for ever.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the Retry-After header: seconds, or a date, which is measured from the answer's own Date.
func (got answer) retryAfter() time.Duration {
	written := strings.TrimSpace(got.header.Get("Retry-After"))
	if written == "" {
		return 0
	}
	if seconds, err := strconv.Atoi(written); err == nil {
		return min(max(time.Duration(min(seconds, int(maxRetryAfter/time.Second)))*time.Second, 0), maxRetryAfter)
	}
	until, err := http.ParseTime(written)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(got.header.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), maxRetryAfter)
}

// advice says in Portuguese what happened and what to do next, for what no row of the table explains.
func advice(code fault.Code) string {
	switch code {
	case fault.Auth:
		return "a Meta recusou o token ou a permissão: gere um novo token de acesso e atualize o canal"
	case fault.RateLimited:
		return "limite de envios da Meta atingido: o envio continua depois da espera"
	case fault.PairLimited:
		return "mensagens demais para este contato em pouco tempo: o envio continua depois da espera"
	case fault.OutsideWindow:
		return "janela de 24 horas fechada: use um modelo aprovado ou espere o cliente escrever"
	case fault.Unreachable:
		return "a Meta não consegue entregar a este número: confirme se ele usa o WhatsApp"
	case fault.OptedOut:
		return "o cliente parou de receber mensagens de marketing desta empresa"
	case fault.PolicyBlocked:
		return "a Meta bloqueou esta mensagem para este contato: não tente de novo"
	case fault.TemplateNotFound:
		return "modelo inexistente ou não aprovado neste idioma: sincronize os modelos"
	case fault.TemplateParams:
		return "as variáveis não combinam com o modelo: confira quantidade, nomes e formato"
	case fault.TemplatePaused:
		return "modelo pausado ou desativado pela Meta: espere a liberação ou use outro modelo"
	case fault.Media:
		return "a Meta não conseguiu usar o anexo: confira o endereço, o tipo e o tamanho"
	case fault.SenderOffline:
		return "o número ou a conta não pode enviar: veja o estado no Gerenciador do WhatsApp"
	case fault.ProviderDown:
		return "a Meta está com problemas passageiros: tente de novo em instantes"
	case fault.Unconfirmed:
		return "a Meta não confirmou o envio: não se sabe se a mensagem saiu"
	}
	return "a Meta recusou a mensagem: veja o detalhe"
}

// hidden stands where a secret was: Meta quotes a malformed token in its own error texts.
const hidden = "[oculto]"

// hideText removes the channel's secrets from a text.
func hideText(channel chat.Channel, text string) string {
	secrets := append(appSecrets(channel), accessToken(channel), channel.Secrets[SecretVerifyToken])
	for _, secret := range secrets {
		const shortest = 4 // shorter texts are words, not secrets
		if len(secret) >= shortest {
			text = strings.ReplaceAll(text, secret, hidden)
		}
	}
	return text
}

// hide keeps a cause whose text holds no secret, and replaces one that does. The address of a request is dropped:
// it says nothing that the channel does not, and proxies may stand in it with their passwords.
func hide(channel chat.Channel, cause error) error {
	var wrapped *url.Error
	if errors.As(cause, &wrapped) {
		cause = wrapped.Err
	}
	if text := hideText(channel, cause.Error()); text != cause.Error() {
		return errors.New(text)
	}
	return cause
}
