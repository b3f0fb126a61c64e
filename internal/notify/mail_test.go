package notify

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

// mailServer speaks as much SMTP as a client needs to hear.
type mailServer struct {
	listener net.Listener
	security *tls.Config
	roots    *x509.CertPool
	refuse   string // commands with this beginning are answered with 550
	silent   bool
	startTLS bool
	mu       sync.Mutex
	heard    []*mailSession
}

type mailSession struct {
	Commands []string
	Text     string
	Secure   bool
}

func newMailServer(t *testing.T, change ...func(*mailServer)) *mailServer {
	t.Helper()
	authority := httptest.NewTLSServer(nil) // lends its certificate for 127.0.0.1
	t.Cleanup(authority.Close)
	s := &mailServer{security: &tls.Config{Certificates: authority.TLS.Certificates, MinVersion: tls.VersionTLS12}, roots: x509.NewCertPool()}
	s.roots.AddCert(authority.Certificate())
	for _, each := range change {
		each(s)
	}
	var err error
	s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var group sync.WaitGroup
	group.Go(func() {
		for {
			connection, err := s.listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { s.talk(connection) })
		}
	})
	t.Cleanup(func() { _ = s.listener.Close(); group.Wait() })
	return s
}

func (s *mailServer) targets(query string) chat.Notify {
	return chat.Notify{URLs: []string{"smtp://u:segredo@" + s.listener.Addr().String() + "/" + query}}
}

func (s *mailServer) sessions() []mailSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []mailSession
	for _, each := range s.heard {
		all = append(all, *each)
	}
	return all
}

func (s *mailServer) talk(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	session := &mailSession{}
	s.mu.Lock()
	s.heard = append(s.heard, session)
	s.mu.Unlock()
	if s.silent {
		_, _ = io.Copy(io.Discard, connection)
		return
	}
	lines := bufio.NewReader(connection)
	say(connection, "220 teste\r\n")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		s.mu.Lock()
		session.Commands = append(session.Commands, line)
		s.mu.Unlock()
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); {
		case s.refuse != "" && strings.HasPrefix(line, s.refuse):
			say(connection, "550 segredo no texto\r\n")
		case verb == "EHLO" && s.startTLS && !session.Secure:
			say(connection, "250-teste\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n")
		case verb == "EHLO":
			say(connection, "250-teste\r\n250 AUTH PLAIN\r\n")
		case verb == "STARTTLS":
			say(connection, "220 agora\r\n")
			connection = tls.Server(connection, s.security)
			lines = bufio.NewReader(connection)
			s.mu.Lock()
			session.Secure = true
			s.mu.Unlock()
		case verb == "AUTH":
			say(connection, "235 bem-vindo\r\n")
		case verb == "DATA":
			say(connection, "354 diga\r\n")
			text := s.text(lines)
			s.mu.Lock()
			session.Text = text
			s.mu.Unlock()
			say(connection, "250 aceito\r\n")
		case verb == "QUIT":
			say(connection, "221 até logo\r\n")
			return
		default:
			say(connection, "250 ok\r\n")
		}
	}
}

func say(to io.Writer, text string) { _, _ = io.WriteString(to, text) }

func (s *mailServer) text(lines *bufio.Reader) string {
	var text strings.Builder
	for {
		line, err := lines.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return text.String()
		}
		text.WriteString(line)
	}
}

func TestAMailGoesToEveryRecipientInOneMessageThatEveryServerCanRead(t *testing.T) {
	server := newMailServer(t)
	w := newWorld(server.targets("?from=retoma+avisos@b.com&fromname=Avisos%20da%20Loja%20%C3%A9&to=c@d.com,e@f.com"))
	require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
	require.Equal(t, stateSent, w.row("n1").notification.State, w.row("n1").problem)
	session := server.sessions()[0]
	plain := base64.StdEncoding.EncodeToString([]byte("\x00u\x00segredo"))
	require.Equal(t, []string{
		"EHLO localhost", "AUTH PLAIN " + plain, "MAIL FROM:<retoma+avisos@b.com>", "RCPT TO:<c@d.com>", "RCPT TO:<e@f.com>", "DATA", "QUIT",
	}, session.Commands)
	message, err := mail.ReadMessage(strings.NewReader(session.Text))
	require.NoError(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, "[Ótica Boa Vista] Falha no envio", subject)
	require.Equal(t, "<n1@b.com>", message.Header.Get("Message-ID"))
	require.Equal(t, "c@d.com, e@f.com", message.Header.Get("To"))
	from, err := message.Header.AddressList("From")
	require.NoError(t, err)
	require.Equal(t, []*mail.Address{{Name: "Avisos da Loja é", Address: "retoma+avisos@b.com"}}, from)
	body, err := io.ReadAll(quotedprintable.NewReader(message.Body))
	require.NoError(t, err)
	require.Contains(t, string(body), "Uma mensagem não foi enviada.")
	for _, each := range session.Text {
		require.Less(t, each, rune(128))
	}
}

func TestATitleCannotAddHeaders(t *testing.T) {
	server := newMailServer(t)
	w := newWorld(server.targets("?from=a@b.com&to=c@d.com&subject=a%0d%0aBcc:%20x@y.z&fromname=a%0aBcc:%20x@y.z"))
	w.rows["n1"].notification.Title = "x\r\nBcc: x@y.z"
	w.tenants["t1"] = chat.Tenant{ID: "t1", Name: "y\nBcc: x@y.z", Settings: w.tenants["t1"].Settings}
	require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
	message, err := mail.ReadMessage(strings.NewReader(server.sessions()[0].Text))
	require.NoError(t, err)
	require.Empty(t, message.Header.Get("Bcc"))
}

func TestAPasswordGoesOverTLSWhereTheServerHasIt(t *testing.T) {
	server := newMailServer(t, func(s *mailServer) { s.startTLS = true })
	w := newWorld(server.targets("?from=a@b.com&to=c@d.com"))
	n := w.notifier()
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Contains(t, w.row("n1").problem, "smtp: certificado TLS não confiável")
	require.Equal(t, []string{"EHLO localhost", "STARTTLS"}, server.sessions()[0].Commands)

	n.carrier.roots = server.roots
	w.pass(time.Minute)
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Equal(t, stateSent, w.row("n1").notification.State, w.row("n1").problem)
	require.True(t, server.sessions()[1].Secure)
	require.Equal(t, []string{"EHLO localhost", "STARTTLS", "EHLO localhost"}, server.sessions()[1].Commands[:3])
}

func TestAServerWithoutTheDemandedTLSGetsNoPassword(t *testing.T) {
	for query, want := range map[string]string{
		"?from=a@b.com&to=c@d.com&requirestarttls=yes":      "o servidor não oferece STARTTLS",
		"?from=a@b.com&to=c@d.com&encryption=explicittls":   "o servidor não oferece STARTTLS",
		"?from=a@b.com&to=c@d.com&auth=oauth2":              "o servidor não oferece TLS: o token não foi enviado",
		"?from=a@b.com&to=c@d.com&encryption=ImplicitTLS":   "falha de rede",
		"?from=a@b.com&to=c@d.com&usestarttls=no&auth=none": "",
	} {
		server := newMailServer(t)
		w := newWorld(server.targets(query))
		require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
		if want != "" {
			require.Equal(t, "tentativa 1 de 6: smtp: "+want, w.row("n1").problem, query)
		}
		for _, command := range server.sessions()[0].Commands {
			require.NotContains(t, command, "AUTH", query)
		}
	}
}

func TestARefusalIsToldByItsCodeAlone(t *testing.T) {
	for refuse, want := range map[string]string{
		"AUTH": "recusou usuário e senha (SMTP 550)", "MAIL": "recusou o remetente (SMTP 550)",
		"RCPT TO:<e@f.com>": "recusou um dos destinatários (SMTP 550)", "DATA": "recusou a mensagem (SMTP 550)",
	} {
		server := newMailServer(t, func(s *mailServer) { s.refuse = refuse })
		w := newWorld(server.targets("?from=a@b.com&to=c@d.com,e@f.com"))
		require.NoError(t, w.notifier().Deliver(t.Context(), "n1"))
		require.Equal(t, "tentativa 1 de 6: smtp: "+want, w.row("n1").problem)
		require.Empty(t, server.sessions()[0].Text, "nobody got it, so a retry tells nobody twice")
		require.NotContains(t, w.logged(), "segredo")
	}
}

func TestASilentMailServerIsLeftAtTheLimit(t *testing.T) {
	server := newMailServer(t, func(s *mailServer) { s.silent = true })
	w := newWorld(server.targets("?from=a@b.com&to=c@d.com"))
	n := w.notifier()
	n.limit = 30 * time.Millisecond
	require.NoError(t, n.Deliver(t.Context(), "n1"))
	require.Contains(t, w.row("n1").problem, "smtp: não respondeu a tempo")
}
