package notify

import (
	"context"
	"crypto/tls"
	"net"
	"net/mail"
	"net/smtp"
	"net/url"
	"strconv"
	"strings"
	"time"

	shoutrrr "github.com/nicholas-fedor/shoutrrr/pkg/services/email/smtp"
)

// mailTargets makes one target of a mail server and its recipients: they get one message in one transaction.
func mailTargets(address *url.URL) ([]target, error) {
	const form = problem("deve ter a forma smtp://usuário:senha@servidor:porta/?from=…&to=…")
	service := shoutrrr.Service{}
	if port := address.Port(); address.Hostname() == "" || port != "" && !validPort(port) || service.Initialize(address, nil) != nil {
		return nil, form
	}
	config := service.Config
	config.FixEmailTags()
	if config.SkipTLSVerify {
		return nil, problem("skiptlsverify não é aceito: a senha iria para quem se passasse pelo servidor")
	}
	if config.Port == 0 || len(config.ToAddresses) > mostURLs {
		return nil, form
	}
	for _, each := range append([]string{config.FromAddress}, config.ToAddresses...) {
		if !plainAddress(each) {
			return nil, problem("from e to devem ser endereços de e-mail")
		}
	}
	if strings.ContainsAny(config.ClientHost, " \r\n") || config.ClientHost == "auto" {
		config.ClientHost = "localhost"
	}
	return []target{{service: "smtp", key: address.String(), send: func(ctx context.Context, c *carrier, told note) error {
		return sendMail(ctx, c, *config, told)
	}}}, nil
}

// plainAddress tells whether a text is an e-mail address and nothing more: it goes into headers and commands as it is.
func plainAddress(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Name == "" && parsed.Address == text && !strings.ContainsAny(text, " \t\r\n<>\"")
}

// sendMail holds one SMTP session, on a guarded connection that ends with the context.
func sendMail(ctx context.Context, c *carrier, config shoutrrr.Config, told note) error {
	session, err := openMail(ctx, c, config)
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	if err := session.Mail(config.FromAddress); err != nil {
		return refusedMail(err, "recusou o remetente")
	}
	for _, to := range config.ToAddresses { // all or none: a target either has the notification or is tried again
		if err := session.Rcpt(to); err != nil {
			return refusedMail(err, "recusou um dos destinatários")
		}
	}
	body, err := session.Data()
	if err != nil {
		return refusedMail(err, "recusou a mensagem")
	}
	if _, err := body.Write(mailText(config, told)); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return refusedMail(err, "recusou a mensagem")
	}
	_ = session.Quit() // the message is taken by now, whatever the farewell
	return nil
}

// openMail connects, secures the connection as the settings say and signs in.
func openMail(ctx context.Context, c *carrier, config shoutrrr.Config) (*smtp.Client, error) {
	connection, err := c.dial(ctx, "tcp", net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))))
	if err != nil {
		return nil, err
	}
	if deadline, limited := ctx.Deadline(); limited {
		_ = connection.SetDeadline(deadline)
	}
	context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) })
	security := &tls.Config{ServerName: config.Host, MinVersion: tls.VersionTLS12, RootCAs: c.roots}
	if implicitTLS(config) {
		connection = tls.Client(connection, security)
	}
	session, err := smtp.NewClient(connection, config.Host)
	if err != nil {
		_ = connection.Close()
		return nil, err
	}
	if err := greetMail(session, config, security); err != nil {
		_ = session.Close()
		return nil, err
	}
	return session, nil
}

func implicitTLS(config shoutrrr.Config) bool {
	return config.Encryption == shoutrrr.EncImplicitTLS ||
		config.Encryption == shoutrrr.EncAuto && config.Port == shoutrrr.ImplicitTLSPort
}

func greetMail(session *smtp.Client, config shoutrrr.Config, security *tls.Config) error {
	if err := session.Hello(config.ClientHost); err != nil {
		return refusedMail(err, "recusou a conexão")
	}
	if !implicitTLS(config) && config.Encryption != shoutrrr.EncNone && config.UseStartTLS {
		if offered, _ := session.Extension("STARTTLS"); offered {
			if err := session.StartTLS(security); err != nil {
				return err
			}
		} else if config.RequireStartTLS || config.Encryption == shoutrrr.EncExplicitTLS {
			return problem("o servidor não oferece STARTTLS")
		}
	}
	return signIn(session, config)
}
