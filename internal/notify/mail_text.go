package notify

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	shoutrrr "github.com/nicholas-fedor/shoutrrr/pkg/services/email/smtp"
)

const mailLongest = 20000 // characters of the notification's text

// mailText is the whole message: headers and a plain text body, in ASCII as every server takes it.
// The Message-ID is the notification's, so that a repetition can be recognised.
func mailText(config shoutrrr.Config, told note) []byte {
	subject := config.Subject
	if subject == "" {
		subject = told.Subject
	}
	from := mail.Address{Name: oneLine(config.FromName), Address: config.FromAddress}
	_, domain, _ := strings.Cut(config.FromAddress, "@")
	var text bytes.Buffer
	for _, header := range [][2]string{
		{"From", from.String()},
		{"To", strings.Join(config.ToAddresses, ", ")},
		{"Subject", mime.QEncoding.Encode("utf-8", shortened(oneLine(subject), 200))},
		{"Date", told.Now.Format(time.RFC1123Z)},
		{"Message-ID", "<" + told.ID + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", `text/plain; charset="utf-8"`},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&text, "%s: %s\r\n", header[0], header[1])
	}
	text.WriteString("\r\n")
	encoder := quotedprintable.NewWriter(&text)
	_, _ = encoder.Write([]byte(textOf(told, mailLongest)))
	_ = encoder.Close() // a buffer takes everything
	return text.Bytes()
}

// oneLine keeps a text from adding headers of its own.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// signIn gives the user and password in the way that the settings name. A password goes only over TLS, or to the
// machine itself (net/smtp sees to that for Plain).
func signIn(session *smtp.Client, config shoutrrr.Config) error {
	var method smtp.Auth
	switch config.Auth {
	case shoutrrr.AuthPlain:
		method = smtp.PlainAuth("", config.Username, config.Password, config.Host)
	case shoutrrr.AuthCRAMMD5:
		method = smtp.CRAMMD5Auth(config.Username, config.Password)
	case shoutrrr.AuthOAuth2:
		if _, secured := session.TLSConnectionState(); !secured {
			return problem("o servidor não oferece TLS: o token não foi enviado")
		}
		method = shoutrrr.OAuth2Auth(config.Username, config.Password)
	default:
		return nil
	}
	if offered, _ := session.Extension("AUTH"); !offered {
		return problem("o servidor não aceita usuário e senha nesta conexão")
	}
	if err := session.Auth(method); err != nil {
		if err.Error() == "unencrypted connection" { // of net/smtp, which has no value for it
			return problem("o servidor não oferece TLS: a senha não foi enviada")
		}
		return refusedMail(err, "recusou usuário e senha")
	}
	return nil
}

// refusedMail tells a server's refusal by its code alone: its words quote addresses.
func refusedMail(err error, what string) error {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return problem(fmt.Sprintf("%s (SMTP %d)", what, reply.Code))
	}
	return err
}
