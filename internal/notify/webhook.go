package notify

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"retoma/internal/fault"
)

// secretPrefix begins a signing secret (Standard Webhooks, "Signature scheme").
const secretPrefix = "whsec_"

// A signing key's length in bytes, by the same specification.
const (
	shortestKey = 24
	longestKey  = 64
)

// webhookBody is what a webhook's receiver gets (Standard Webhooks, "Payload structure").
type webhookBody struct {
	Type      string         `json:"type"`
	Timestamp string         `json:"timestamp"` // when it happened, RFC 3339 in UTC
	Data      map[string]any `json:"data"`
}

// webhookTarget is a signed POST. Every attempt has the same webhook-id and body, so that a receiver can tell a
// repetition; the timestamp and with it the signature are the attempt's, as receivers refuse old ones.
func webhookTarget(address, secret string) (target, error) {
	if err := checkWebhookURL(address); err != nil {
		return target{}, err
	}
	if err := checkSecret("notify.webhookSecret", secret); err != nil {
		return target{}, err
	}
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return target{}, badSetting
	}
	return target{service: "webhook", key: address, send: func(ctx context.Context, c *carrier, told note) error {
		body, err := json.Marshal(bodyOf(told))
		if err != nil {
			return problem("a notificação não pode ser escrita em JSON")
		}
		signature, err := signer.Sign(told.ID, told.Now, body)
		if err != nil {
			return problem("a notificação não pode ser assinada")
		}
		header := http.Header{}
		header.Set(standardwebhooks.HeaderWebhookID, told.ID)
		header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(told.Now.Unix(), 10))
		header.Set(standardwebhooks.HeaderWebhookSignature, signature)
		_, err = c.post(ctx, address, header, body)
		return err
	}}, nil
}

// bodyOf lays the notification's own data beside what every notification has; the latter wins.
func bodyOf(told note) webhookBody {
	data := map[string]any{}
	maps.Copy(data, told.Data)
	data["id"], data["tenantId"], data["title"], data["text"] = told.ID, told.TenantID, told.Title, told.Text
	return webhookBody{Type: told.Kind, Timestamp: told.At.UTC().Format(time.RFC3339), Data: data}
}

func checkWebhookURL(address string) error { return checkAddress("notify.webhookUrl", address) }

// checkAddress demands an address that can be posted to; field is how the author knows it.
func checkAddress(field, address string) error {
	if len(address) > longestURL {
		return fault.Field(field, "deve ter no máximo %d caracteres", longestURL)
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" || parsed.Hostname() == "" || parsed.Opaque != "" {
		return fault.Field(field, "deve ser um endereço http ou https completo")
	}
	if parsed.User != nil {
		return fault.Field(field, "não pode conter usuário e senha: a assinatura já identifica quem envia")
	}
	if port := parsed.Port(); port != "" && !validPort(port) {
		return fault.Field(field, "a porta deve ser de 1 a 65535")
	}
	return nil
}

func validPort(port string) bool {
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0
}

// checkSecret demands the form of Standard Webhooks: "whsec_" and 24 to 64 bytes in base64.
func checkSecret(field, secret string) error {
	encoded, prefixed := strings.CutPrefix(secret, secretPrefix)
	if !prefixed {
		return fault.Field(field, "deve começar com %s", secretPrefix)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") {
		return fault.Field(field, "depois de %s deve vir base64", secretPrefix)
	}
	if len(key) < shortestKey || len(key) > longestKey {
		return fault.Field(field, "deve ter de %d a %d bytes em base64", shortestKey, longestKey)
	}
	return nil
}
