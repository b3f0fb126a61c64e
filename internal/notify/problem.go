package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"
)

// problem is why a target could not be told, in words that may be stored and shown: no address, token or answer in it.
type problem string

// Error gives the words.
func (p problem) Error() string { return string(p) }

const (
	addressRefused = problem("endereço privado ou reservado, não permitido")
	badSetting     = problem("configuração inválida: salve o destino de novo")
)

// shown gives the words for a failure. Errors of the network and of libraries quote addresses, and those of Telegram or
// Slack hold tokens: only their kind is told.
func shown(err error) string {
	var known problem
	if errors.As(err, &known) {
		return string(known)
	}
	var name *net.DNSError
	if errors.As(err, &name) && !name.IsTimeout {
		return "nome do servidor não encontrado"
	}
	if errors.Is(err, context.Canceled) {
		return "interrompido"
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return "não respondeu a tempo"
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "conexão recusada"
	}
	if untrusted(err) {
		return "certificado TLS não confiável"
	}
	return "falha de rede"
}

func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname)
}
