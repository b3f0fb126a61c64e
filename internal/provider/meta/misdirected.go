package meta

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"syscall"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// remedyAddress is what helps where something else than the Graph API stands at the channel's address, or nothing at all.
const remedyAddress = "confira config.baseUrl do canal (vazio usa https://graph.facebook.com) e se este servidor alcança esse endereço"

// misdirected tells of an error that says something about the address and nothing about the channel's number or token.
func misdirected(err error) bool { return err != nil && fault.Of(err).Remedy == remedyAddress }

// noConnection is a request that met no server. It passes like any silence, but where the cause is one that waiting seldom
// cures, the address and the cause are named.
func noConnection(channel chat.Channel, cause error) *fault.Error {
	why := whyNoConnection(cause)
	if why == "" {
		return fault.Wrap(fault.ProviderDown, hide(channel, cause), "sem resposta da Meta")
	}
	failure := fault.Wrap(fault.ProviderDown, hide(channel, cause), "não há conexão com %s (config.baseUrl): %s", baseURL(channel), why)
	failure.Remedy = remedyAddress
	return failure
}

func whyNoConnection(cause error) string {
	var name *net.DNSError
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	switch {
	case errors.As(cause, &name) && name.IsNotFound:
		return "o nome " + name.Name + " não existe"
	case errors.As(cause, &name):
		return "o nome " + name.Name + " não pôde ser procurado"
	case errors.Is(cause, syscall.ECONNREFUSED):
		return "a conexão foi recusada"
	case errors.Is(cause, syscall.EHOSTUNREACH), errors.Is(cause, syscall.ENETUNREACH):
		return "não há caminho até lá"
	case errors.As(cause, &certificate), errors.As(cause, &authority):
		return "o certificado não vale para este endereço"
	case errors.As(cause, &record):
		return "o servidor não fala https"
	}
	return ""
}

// notGraph is an answer that the Graph API would not give: it sends nobody elsewhere, and its refusals are JSON with an error.
func (got answer) notGraph(channel chat.Channel) *fault.Error {
	_, _, _, isError := got.read()
	var failure *fault.Error
	switch {
	case got.status >= 300 && got.status < 400:
		failure = fault.New(fault.ProviderRejected, "o endereço %s (config.baseUrl) redireciona e não é o da API Graph", baseURL(channel))
	case isError || got.status >= 500 || got.status < 300:
		return nil
	case got.status == http.StatusUnauthorized || got.status == http.StatusForbidden || got.status == http.StatusRequestTimeout || got.status == http.StatusTooManyRequests:
		return nil
	default:
		failure = fault.New(fault.ProviderRejected, "o que está em %s (config.baseUrl) não é a API Graph: respondeu sem o formato dela", baseURL(channel))
	}
	failure.Detail, failure.Remedy = httpDetail(got.status), remedyAddress
	return failure
}

// emptyNumber is an answer to the question for a number that tells nothing of one.
func emptyNumber(channel chat.Channel, number gjson.Result) error {
	for _, member := range []string{"id", "display_phone_number", "verified_name", "status", "quality_rating", "health_status"} {
		if number.Get(member).Exists() {
			return nil
		}
	}
	failure := fault.New(fault.ProviderRejected, "a resposta de %s (config.baseUrl) não fala de número nenhum", baseURL(channel))
	failure.Remedy = remedyAddress
	return failure
}

// aboutAccount names the account where the table of codes, which thinks of numbers, would name the number.
func aboutAccount(channel chat.Channel, err error) error {
	if err == nil || fault.Of(err).Reach.Number != "100/33" {
		return err
	}
	failure := *fault.Of(err)
	failure.Message = "a conta do WhatsApp (wabaId " + channel.Config[ConfigWABA] + ") não existe para este token: o id está errado ou o token é de outra conta"
	failure.Remedy = "confira o wabaId do canal e se o token enxerga essa conta"
	return &failure
}
