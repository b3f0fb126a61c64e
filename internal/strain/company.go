package strain

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"retoma/internal/processes"
)

const appSecret = "app secret"

// company is a tenant with numbers.
type company struct {
	api      *processes.API
	channels []number
}

// number is one of its numbers: where the provider posts its webhooks.
type number struct{ id, account, path string }

// found makes a company's numbers with its own key.
func (s *stand) found(ctx context.Context, api *processes.API, prefix string, numbers int) (company, error) {
	c := company{api: api}
	for i := range numbers {
		n := number{account: fmt.Sprintf("%s%02d", prefix, i)}
		var made struct {
			Data struct {
				ID         string `json:"id"`
				WebhookURL string `json:"webhookUrl"`
			} `json:"data"`
		}
		err := api.Insist(ctx, http.MethodPost, "/api/channels", "", map[string]any{
			"name": n.account, "provider": "meta", "phone": "+5511400" + n.account, "account": n.account, "perSecond": 0, "pairSeconds": 0,
			"config":  map[string]string{"baseUrl": s.provider.url, "wabaId": "1" + n.account},
			"secrets": map[string]string{"accessToken": "token", "appSecret": appSecret, "verifyToken": "verify"},
		}, &made)
		if err != nil {
			return c, err
		}
		_, token, _ := strings.Cut(made.Data.WebhookURL, "/webhooks/")
		n.id, n.path = made.Data.ID, "/webhooks/"+token
		c.channels = append(c.channels, n)
	}
	return c, nil
}

// another makes a second company and its key.
func (s *stand) another(ctx context.Context) (*processes.API, error) {
	var tenant, key struct {
		Data struct {
			ID  string `json:"id"`
			Key string `json:"key"`
		} `json:"data"`
	}
	if err := s.api.Insist(ctx, http.MethodPost, "/api/tenants", "", map[string]any{"name": "Outra", "timezone": "UTC"}, &tenant); err != nil {
		return nil, err
	}
	if err := s.api.Insist(ctx, http.MethodPost, "/api/tenants/"+tenant.Data.ID+"/keys", "", map[string]any{"name": "tudo", "role": "admin"}, &key); err != nil {
		return nil, err
	}
	return processes.NewAPI(s.base, key.Data.Key), nil
}

func phone(prefix string, index int) string { return fmt.Sprintf("5511%s%05d", prefix, index) }

// message is a webhook as Meta sends it when a customer has written, longer by some bytes.
func (n number) message(from, id string, longer int) []byte {
	return fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"1%s","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",`+
		`"metadata":{"display_phone_number":"5511400%s","phone_number_id":"%s"},"contacts":[{"profile":{"name":"Cliente"},"wa_id":"%s"}],`+
		`"messages":[{"from":"%s","id":"%s","timestamp":"%d","type":"text","text":{"body":"Oi, quero um orçamento"}}],"unknown":"%s"}}]}]}`,
		n.account, n.account, n.account, from, from, id, time.Now().Unix(), strings.Repeat("!", longer))
}

// request is the whole of such a webhook, signed.
func (n number) request(body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(appSecret))
	_, _ = mac.Write(body)
	head := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: retoma\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=%s\r\nContent-Length: %d\r\n\r\n",
		n.path, hex.EncodeToString(mac.Sum(nil)), len(body))
	return append(head, body...)
}
