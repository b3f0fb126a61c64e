package meta

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// Check says in Portuguese what is wrong with a channel: its configuration ("config"), the token ("token"), the number
// ("number", "phone"), its state and quality ("status", "quality", "health"), whether webhooks come at all ("webhooks") and to
// us ("callback"), and the templates ("templates"). What fails becomes a finding; the error is only that of an ended context.
func (a *Adapter) Check(ctx context.Context, channel chat.Channel, callback string) ([]provider.Finding, error) {
	if err := a.CheckConfig(channel); err != nil {
		problem := fault.Of(err)
		return []provider.Finding{bad("config", "complete o cadastro do canal", "cadastro incompleto: %s %s", problem.Field, problem.Message)}, nil
	}
	probes := []func(context.Context, chat.Channel) []provider.Finding{
		a.checkToken, a.checkNumber, a.checkWebhooks, a.checkTemplates,
		func(ctx context.Context, channel chat.Channel) []provider.Finding {
			return a.checkCallback(ctx, channel, callback)
		},
	}
	found := make([][]provider.Finding, len(probes))
	var waiting sync.WaitGroup
	for i, probe := range probes {
		waiting.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, a.checkTimeout)
			defer cancel()
			found[i] = probe(ctx, channel)
		})
	}
	waiting.Wait()
	return append([]provider.Finding{good("config", "cadastro completo")}, slices.Concat(found...)...), ctx.Err()
}

// The permissions without which nothing is sent, or nothing is known of templates and webhooks.
const (
	scopeMessaging  = "whatsapp_business_messaging"
	scopeManagement = "whatsapp_business_management"
)

// renewal is what helps against most troubles of a token.
const renewal = "gere um token de usuário do sistema com as permissões whatsapp_business_messaging e whatsapp_business_management e atualize o canal"

// checkToken asks Meta about the token itself. Where only that question is refused, the number's own answer decides.
func (a *Adapter) checkToken(ctx context.Context, channel chat.Channel) []provider.Finding {
	address := baseURL(channel) + "/" + version(channel) + "/debug_token"
	answer, err := a.read(ctx, channel, address, url.Values{"input_token": {accessToken(channel)}})
	switch {
	case fault.Is(err, fault.Auth):
		return []provider.Finding{failed("token", renewal, "a Meta recusou o token", err)}
	case passes(err) || fault.Is(err, fault.SenderOffline) || misdirected(err):
		return []provider.Finding{failed("token", renewal, "não foi possível verificar o token", err)}
	case err != nil:
		return []provider.Finding{good("token", "a Meta não informou a validade do token (%s)", fault.Of(err).Message)}
	}
	token := answer.Get("data")
	if !token.IsObject() {
		return []provider.Finding{bad("token", remedyAddress, "a resposta sobre o token não diz nada dele")}
	}
	if !token.Get("is_valid").Bool() {
		return []provider.Finding{bad("token", renewal, "o token não vale mais: %s",
			firstText(hideText(channel, textOf(token.Get("error.message"))), "sem explicação da Meta"))}
	}
	scopes := map[string]bool{}
	each(token.Get("scopes"), func(_ string, scope gjson.Result) { scopes[textOf(scope)] = true })
	for _, scope := range []string{scopeMessaging, scopeManagement} {
		if len(scopes) > 0 && !scopes[scope] {
			return []provider.Finding{bad("token", renewal, "falta ao token a permissão %s", scope)}
		}
	}
	if expires := token.Get("expires_at").Int(); expires > 0 {
		return []provider.Finding{good("token", "o token vale até %s", time.Unix(expires, 0).UTC().Format("02/01/2006 15:04 (UTC)"))}
	}
	return []provider.Finding{good("token", "o token não tem prazo de validade")}
}

func (a *Adapter) checkNumber(ctx context.Context, channel chat.Channel) []provider.Finding {
	number, err := a.readNumber(ctx, channel)
	if err != nil {
		return []provider.Finding{failed("number", "confira o phone_number_id e o token do canal", "o número não respondeu", err)}
	}
	shown := textOf(number.Get("display_phone_number"))
	findings := []provider.Finding{good("number", "a Meta reconhece o número %s (%s)", shown, textOf(number.Get("verified_name")))}
	if channel.Phone != "" && shown != "" && chat.PhoneKey(shown) != chat.PhoneKey(channel.Phone) {
		findings = append(findings, bad("phone", "corrija o telefone ou o phone_number_id do canal", "o canal diz %s, mas este phone_number_id é de %s", channel.Phone, shown))
	}
	return append(findings, stateFinding(number), qualityFinding(number))
}

// checkCallback compares where Meta sends the number's webhooks with our own address. Numbers without an address of their own
// use the account's, and that the app's; what Meta does not show is not judged.
func (a *Adapter) checkCallback(ctx context.Context, channel chat.Channel, callback string) []provider.Finding {
	if callback == "" {
		return nil
	}
	number, err := a.read(ctx, channel, endpoint(channel, channel.Account, ""), url.Values{"fields": {"webhook_configuration"}})
	if passes(err) || misdirected(err) {
		return []provider.Finding{failed("callback", "", "não foi possível ver para onde vão os webhooks", err)}
	}
	if err != nil {
		return nil
	}
	configured := number.Get("webhook_configuration")
	address := firstText(textOf(configured.Get("phone_number")), firstText(textOf(configured.Get("whatsapp_business_account")), textOf(configured.Get("application"))))
	switch {
	case address == "":
		return nil
	case strings.TrimRight(address, "/") != strings.TrimRight(callback, "/"):
		return []provider.Finding{bad("callback", "cadastre no aplicativo da Meta, em WhatsApp > Configuração, o endereço webhookUrl deste canal",
			"a Meta envia os webhooks deste número a %s, e não a este serviço", withoutSecretPath(address))}
	}
	return []provider.Finding{good("callback", "a Meta envia os webhooks a este serviço")}
}

// withoutSecretPath names a callback's host only: paths may hold secrets.
func withoutSecretPath(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "outro endereço"
	}
	return parsed.Scheme + "://" + parsed.Host
}

func (a *Adapter) checkTemplates(ctx context.Context, channel chat.Channel) []provider.Finding {
	templates, err := a.Templates(ctx, channel)
	if err != nil {
		return []provider.Finding{failed("templates", "confira o wabaId do canal e as permissões do token", "não foi possível listar os modelos", err)}
	}
	approved := 0
	var resting []string
	for _, template := range templates {
		switch template.Status {
		case "APPROVED":
			approved++
		case "PAUSED":
			resting = append(resting, template.Name+" ("+template.Language+")")
		}
	}
	if approved == 0 && len(resting) > 0 {
		return []provider.Finding{bad("templates", "espere a pausa acabar (na primeira vez 3 horas, na segunda 6) ou veja o motivo no Gerenciador do WhatsApp; o que é devido espera",
			"nenhum modelo pode ser enviado agora: a Meta pausou %s", strings.Join(resting, ", "))}
	}
	if approved == 0 {
		return []provider.Finding{bad("templates", "crie um modelo no Gerenciador do WhatsApp e espere a aprovação",
			"nenhum modelo aprovado (%d no total): fora da janela de 24 horas nada pode ser enviado", len(templates))}
	}
	return []provider.Finding{good("templates", "%d de %d modelos aprovados", approved, len(templates))}
}

func good(check, format string, args ...any) provider.Finding {
	return provider.Finding{Check: check, OK: true, Message: fmt.Sprintf(format, args...)}
}

func bad(check, remedy, format string, args ...any) provider.Finding {
	return provider.Finding{Check: check, Message: fmt.Sprintf(format, args...), Remedy: remedy}
}

// What is said of a question that had no answer for a reason that passes by itself: nothing is known, so nobody is to blame.
const (
	unverified = "não foi possível verificar agora"
	askAgain   = "tente de novo em alguns minutos"
)

// passes tells of an error that says nothing about the channel: an outage, silence or a limit of calls.
func passes(err error) bool {
	retry := fault.CodeOf(err).Retry()
	return err != nil && (retry == fault.Passing || retry == fault.Wait)
}

// failed makes a finding of an error: what people may read and Meta's own words. What passes by itself is not blamed on the
// channel, and what stops the number brings its own remedy.
func failed(check, remedy, what string, err error) provider.Finding {
	problem := fault.Of(err)
	switch {
	case misdirected(err):
		remedy = problem.Remedy
	case passes(err):
		what, remedy = unverified, askAgain
	case problem.Code == fault.SenderOffline:
		remedy = firstText(problem.Remedy, remedy)
	}
	message := what + ": " + problem.Message
	if problem.Detail != "" {
		message += " (" + problem.Detail + ")"
	}
	return provider.Finding{Check: check, Message: message, Remedy: remedy}
}
