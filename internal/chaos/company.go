package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"retoma/internal/provider/sandbox"
)

// Company is what the driver has set up at retoma: channels, and the ids under which documents are known.
type Company struct {
	Channels []Channel
	// IDs are the documents' ids, Numbers the models' small ones, in the order of the plan.
	IDs     []string
	Numbers []int64
}

// Channel is one number of the company's.
type Channel struct {
	ID      string
	Account string
}

// found has a company with its channels and documents.
func (w *World) found(ctx context.Context, plan Plan) (*Company, error) {
	// Faults that pass must not use up a follow-up's tries: what is missing in the end then has no excuse.
	settings := map[string]any{"retry": map[string]any{"tries": 10, "delaySeconds": []int{2, 4, 8}}}
	if err := w.api.Insist(ctx, http.MethodPut, "/api/settings", "", settings, nil); err != nil {
		return nil, err
	}
	company := &Company{IDs: make([]string, len(plan.Documents)), Numbers: make([]int64, len(plan.Documents))}
	for i := range plan.Size.Channels {
		channel, err := w.connect(ctx, i, plan.Evidence)
		if err != nil {
			return nil, err
		}
		company.Channels = append(company.Channels, channel)
	}
	for i, d := range plan.Documents {
		if err := w.author(ctx, company, i, d); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Mark, err)
		}
	}
	return company, nil
}

type created struct {
	ID string `json:"id"`
	// Number is a number of models, and something else of channels.
	Number     json.RawMessage `json:"number"`
	WebhookURL string          `json:"webhookUrl"`
}

// connect makes a channel and lets the provider know it.
func (w *World) connect(ctx context.Context, index int, evidence bool) (Channel, error) {
	account, waba := fmt.Sprintf("1065403522%05d", index), fmt.Sprintf("1022901293%05d", index)
	phone := fmt.Sprintf("+55114004%04d", index)
	var made struct{ Data created }
	unconfirmed := Hold
	if evidence {
		unconfirmed = ByEvidence
	}
	err := w.api.Insist(ctx, http.MethodPost, "/api/channels", "", map[string]any{
		"onUnconfirmed": unconfirmed, "evidenceAfterMinutes": evidenceMinutes,
		"name": fmt.Sprintf("Canal %d", index), "provider": "meta", "phone": phone, "account": account, "perSecond": 80, "pairSeconds": 1,
		"config":  map[string]string{"baseUrl": "http://" + w.lines[providerLine].Address() + "/graph", "wabaId": waba},
		"secrets": map[string]string{"accessToken": "access-" + account, "appSecret": "app secret", "verifyToken": "verify"},
	}, &made)
	if err != nil {
		return Channel{}, err
	}
	_, token, _ := strings.Cut(made.Data.WebhookURL, "/webhooks/")
	err = w.whatsapp.Register(sandbox.Business{
		PhoneNumberID: account, WabaID: waba, DisplayPhoneNumber: phone, AccessToken: "access-" + account, AppSecret: "app secret", VerifyToken: "verify",
		CallbackURL: "http://" + w.lines[webhookLine].Address() + "/webhooks/" + token, ChannelID: made.Data.ID,
		Templates: []sandbox.Template{{ID: fmt.Sprintf("77%d", index), Name: "retomada", Language: "pt_BR", Status: "APPROVED", Category: "UTILITY",
			ParameterFormat: "POSITIONAL", Components: []sandbox.TemplateComponent{{Type: "BODY", Text: "Olá, podemos continuar? ref {{1}} é o seu pedido."}}}},
	})
	if err != nil {
		return Channel{}, err
	}
	if err := w.api.Insist(ctx, http.MethodPost, "/api/channels/"+made.Data.ID+"/templates/sync", "", map[string]any{}, nil); err != nil {
		return Channel{}, err
	}
	return Channel{ID: made.Data.ID, Account: account}, nil
}

func (w *World) author(ctx context.Context, company *Company, index int, d Document) error {
	var made struct {
		created
		Data created
	}
	var path string
	var body map[string]any
	channel := company.Channels[d.Channel].ID
	switch d.Kind {
	case Model:
		path, body = "/api/followup-models", modelBody(d, channel)
	case Rule:
		path, body = "/api/followups/rules", ruleBody(d, channel)
	case Config:
		var assistant struct{ Data created }
		if err := w.api.Insist(ctx, http.MethodPost, "/api/assistants", "", map[string]any{"name": "Lia " + d.Mark, "persona": "Você é a Lia."}, &assistant); err != nil {
			return err
		}
		path, body = "/backend/followup/configs", configBody(d, assistant.Data.ID)
	default:
		return nil
	}
	if err := w.api.Insist(ctx, http.MethodPost, path, "", body, &made); err != nil {
		return err
	}
	company.IDs[index] = made.ID + made.Data.ID
	if d.Kind == Model {
		return json.Unmarshal(made.Data.Number, &company.Numbers[index])
	}
	return nil
}

func modelBody(d Document, channel string) map[string]any {
	var messages []map[string]any
	for i, offset := range d.Offsets {
		message := map[string]any{"text": "Oi {{ contact.first_name | default: \"você\" }}, tudo certo? ref " + d.mark(i), "offset": int(offset / time.Minute)}
		if d.Template {
			message["template"] = map[string]any{"name": "retomada", "variables": []string{d.mark(i)}}
		}
		messages = append(messages, message)
	}
	return map[string]any{"name": "Modelo " + d.Mark, "channelId": channel, "startTime": nil, "onReply": d.Reply, "messages": messages}
}

func ruleBody(d Document, channel string) map[string]any {
	conditions := map[string]any{}
	switch d.Trigger {
	case "TAG_ADDED":
		conditions["includeTags"] = []string{d.Name}
	case "STAGE_ENTERED":
		conditions["includeFunnelStages"] = []string{d.Name}
	case "CUSTOM":
		conditions["event"] = d.Name
	}
	return map[string]any{"name": "Regra " + d.Mark, "instanceId": channel, "triggerType": d.Trigger, "triggerValue": max(1, int(d.Offsets[0]/time.Minute)),
		"triggerUnit": "minutes", "message": "Ainda podemos ajudar? ref " + d.mark(0), "maxAttempts": len(d.Offsets), "conditions": conditions}
}

func configBody(d Document, assistant string) map[string]any {
	var steps []map[string]any
	for i := range d.Offsets {
		steps = append(steps, map[string]any{"interval": "PT30M", "prompt": "Escreva uma mensagem curta que termine com: ref " + d.mark(i)})
	}
	return map[string]any{"assistant_id": assistant, "trigger_status_ids": []string{d.Name}, "steps": steps, "official_steps": []map[string]any{}}
}
