package app_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/provider/sandbox"
)

type fields = map[string]any

// door is a way by which somebody's refusal of messages comes in.
type door struct {
	name string
	// phone is what the customer does on the phone, webhook what Meta tells where the simulated phone has no such button, and
	// knock any other way.
	phone   sandbox.Incoming
	webhook fields
	knock   func(s *scene, phone string)
	scope   chat.OptOut
	// confirms tells that the customer is answered, once.
	confirms bool
	// inWhatsApp tells that it was chosen in WhatsApp itself, and is undone there.
	inWhatsApp bool
}

func text(body string) sandbox.Incoming { return sandbox.Incoming{Text: body} }

func doors() []door {
	templateButton := func(text, payload string) sandbox.Incoming {
		return sandbox.Incoming{ButtonText: text, ButtonPayload: payload}
	}
	reply := func(kind, id, title string) fields {
		return fields{"type": "interactive", "interactive": fields{"type": kind, kind: fields{"id": id, "title": title}}}
	}
	post := func(path string, body fields) func(*scene, string) {
		return func(s *scene, phone string) {
			if path != "" {
				s.must(http.StatusOK, http.MethodPost, "/api/contacts/"+s.person(phone)["id"].(string)+path, body)
				return
			}
			body["number"] = phone
			s.must(http.StatusOK, http.MethodPost, "/typebot/commands", body)
		}
	}
	return []door{
		{name: "a word", phone: text("SAIR"), scope: chat.OptOutAll, confirms: true},
		{name: "a word with accent, emoji and punctuation", phone: text("  *Párar*!!! 🛑"), scope: chat.OptOutAll, confirms: true},
		{name: "the tenant's own word", phone: text("Chega!"), scope: chat.OptOutAll, confirms: true},
		{name: "a sentence", phone: text("Por favor, pare de me mandar mensagens, obrigado"), scope: chat.OptOutAll, confirms: true},
		{name: "a whole sentence", phone: text("Não quero mais receber."), scope: chat.OptOutAll, confirms: true},
		{name: "promotions only, typed", phone: text("parar promoções"), scope: chat.OptOutMarketing, confirms: true},
		{name: "a template's button: unsubscribe", phone: templateButton("Unsubscribe", "Unsubscribe"), scope: chat.OptOutAll, confirms: true},
		{name: "a template's button: not any more", phone: templateButton("Não quero mais receber", "b3"), scope: chat.OptOutAll, confirms: true},
		{name: "a template's button: promotions", phone: templateButton("Parar promoções", "Parar promoções"), scope: chat.OptOutMarketing, confirms: true},
		{name: "a template button's payload", phone: templateButton("Tchau", "STOP_PROMOTIONS"), scope: chat.OptOutMarketing, confirms: true},
		{name: "a reply button", webhook: reply("button_reply", "b1", "Parar"), scope: chat.OptOutAll, confirms: true},
		{name: "a reply button's id", webhook: reply("button_reply", "opt-out", "Prefiro não"), scope: chat.OptOutAll, confirms: true},
		{name: "a row of a list", phone: sandbox.Incoming{ListID: "r9", ListTitle: "Descadastrar"}, scope: chat.OptOutAll, confirms: true},
		{name: "WhatsApp's own preference", knock: func(s *scene, phone string) { s.prefers(phone, "stop") }, scope: chat.OptOutMarketing, inWhatsApp: true},
		{name: "the provider refuses a promotion (131050)", knock: func(s *scene, phone string) { s.refusedByMeta(phone) }, scope: chat.OptOutMarketing, inWhatsApp: true},
		{name: "the team", knock: post("/opt-out", fields{}), scope: chat.OptOutAll},
		{name: "the team, promotions only", knock: post("/opt-out", fields{"scope": "marketing"}), scope: chat.OptOutMarketing},
		{name: "a Typebot command", knock: post("", fields{"text": `#{"optOut": true}`}), scope: chat.OptOutAll},
		{name: "a Typebot command, in Portuguese", knock: post("", fields{"text": `#{"descadastrar": "promoções"}`}), scope: chat.OptOutMarketing},
	}
}

// TestARefusalIsObeyedByWhateverDoorItComes shows for each: what is pending and parked is cancelled, one confirmation, promotions
// apart from everything, what is transactional passes, the reason is told, and the way back.
func TestARefusalIsObeyedByWhateverDoorItComes(t *testing.T) {
	s := newScene(t, "sqlite")
	require.NoError(t, s.whatsapp.Register(sandbox.Business{
		PhoneNumberID: s.channel.Account, WabaID: "102290129340398", DisplayPhoneNumber: "551140040001", AccessToken: accessToken, AppSecret: appSecret,
		VerifyToken: verifyToken, CallbackURL: "http://" + s.config.Addr + "/webhooks/meta/" + s.channel.Token,
		Templates: []sandbox.Template{
			{ID: "1", Name: "aviso", Language: "pt_BR", Category: "UTILITY", Components: []sandbox.TemplateComponent{{Type: "BODY", Text: "Seu pedido saiu."}}},
			{ID: "2", Name: "promo", Language: "pt_BR", Category: "MARKETING", Components: []sandbox.TemplateComponent{{Type: "BODY", Text: "Só hoje!"}}},
		},
	}))
	s.launch("")
	s.must(http.StatusOK, http.MethodPost, "/api/channels/"+s.channel.ID+"/templates/sync", nil)
	s.must(http.StatusOK, http.MethodPut, "/api/settings", fields{"optOutWords": []string{"chega"}})
	model := s.must(http.StatusCreated, http.MethodPost, "/api/followup-models", fields{
		"name": "Depois", "channelId": s.channel.ID, "startTime": nil, "onReply": "continue", "messages": []fields{{"text": "Tudo bem?", "offset": 600}},
	})["id"]
	for i, one := range doors() {
		t.Run(one.name, func(t *testing.T) {
			(&refusal{scene: s.on(t), door: one, phone: fmt.Sprintf("55119977700%02d", i), model: model}).play()
		})
	}
}

// on is the same scene for a part of a test.
func (s *scene) on(t *testing.T) *scene {
	return &scene{t: t, config: s.config, whatsapp: s.whatsapp, server: s.server, tenant: s.tenant, channel: s.channel, model: s.model}
}

// refusal is one customer who refuses by one door.
type refusal struct {
	*scene
	door  door
	phone string
	model any
}

func (r *refusal) play() {
	started := r.must(http.StatusAccepted, http.MethodPost, "/api/conversations/start", fields{
		"to": r.phone, "channelId": r.channel.ID, "template": fields{"name": "aviso"},
	})
	r.gets(1)
	conversation := started["conversation"].(fields)["id"].(string)
	parked := r.must(http.StatusAccepted, http.MethodPost, "/api/conversations/"+conversation+"/messages", fields{"text": "Posso ajudar?"})
	require.Equal(r.t, "parked", parked["status"])
	r.must(http.StatusOK, http.MethodPost, "/updatefollowup", fields{"number": r.phone, "followup": r.model})
	pending := r.followUp("PENDING")
	waits := parked["messageId"].(string)
	if r.door.webhook != nil { // the simulated phone has to know that the customer wrote; then nothing is parked any more
		r.writes(text("oi"))
		r.gets(3)
		waits = ""
	}

	r.knocks()
	r.eventually(func() bool { return r.person(r.phone)["optOut"] == string(r.door.scope) }, "the refusal is noted")
	if r.door.scope == chat.OptOutAll {
		r.cancels(pending, waits)
	} else {
		require.Equal(r.t, pending, r.followUp("PENDING"), "only promotions are refused")
	}
	r.confirmedOnce()
	r.judges()
	r.comesBack()
}

func (r *refusal) knocks() {
	switch {
	case r.door.knock != nil:
		r.door.knock(r.scene, r.phone)
	case r.door.webhook != nil:
		r.customer(r.phone, r.door.webhook)
	default:
		r.writes(r.door.phone)
	}
}

// cancels waits for the end of what was pending and parked, and reads why.
func (r *refusal) cancels(pending, parked string) {
	require.Equal(r.t, pending, r.followUp("CANCELLED"))
	r.eventually(func() bool {
		return parked == "" || r.must(http.StatusOK, http.MethodGet, "/api/messages/"+parked, nil)["status"] == "cancelled"
	}, "what was parked is cancelled")
	explained := r.must(http.StatusOK, http.MethodGet, "/api/followups/"+pending+"/explain", nil)
	require.Contains(r.t, explained["summary"], "não receber mensagens")
}

// confirmedOnce refuses a second time: nobody is answered twice.
func (r *refusal) confirmedOnce() {
	confirmations := func() (count int) {
		for _, one := range r.whatsapp.Messages(r.phone) {
			if one.From == "business" && strings.Contains(one.Text, "VOLTAR") {
				count++
			}
		}
		return count
	}
	if !r.door.confirms {
		require.Zero(r.t, confirmations())
		return
	}
	r.eventually(func() bool { return confirmations() == 1 }, "it is confirmed")
	r.knocks()
	r.heardAll()
	require.Equal(r.t, 1, confirmations())
}

// judges asks for a promotion, a notice and a transactional notice.
func (r *refusal) judges() {
	send := func(template string, transactional bool) string {
		_, answer := r.request(http.MethodPost, "/api/actions/send-template", fields{
			"senderId": r.channel.ID, "templateName": template, "to": "+" + r.phone, "transactional": transactional, "variables": fields{},
		}, map[string]string{"Prefer": "wait=5"})
		if answer["success"] != true {
			return answer["code"].(string)
		}
		return "sent"
	}
	require.Equal(r.t, "opted_out", send("promo", false))
	notice := "sent"
	if r.door.scope == chat.OptOutAll {
		notice = "opted_out"
	}
	require.Equal(r.t, notice, send("aviso", false))
	require.Equal(r.t, "sent", send("aviso", true))
}

func (r *refusal) comesBack() {
	if r.door.inWhatsApp {
		r.eventually(func() bool {
			r.prefers(r.phone, "resume") // what was chosen in WhatsApp is undone there; its times are whole seconds
			return r.person(r.phone)["optOut"] == nil
		}, "the way back")
		return
	}
	r.writes(text("Voltar"))
	r.eventually(func() bool { return r.person(r.phone)["optOut"] == nil }, "the way back")
}

func (r *refusal) eventually(so func() bool, what string) {
	r.t.Helper()
	require.Eventually(r.t, so, patience, 20*time.Millisecond, what)
}

// gets waits for a number of messages on the phone.
func (r *refusal) gets(count int) {
	r.t.Helper()
	r.eventually(func() bool { return len(r.whatsapp.Messages(r.phone)) == count }, "messages on the phone")
}

// followUp waits for the customer's one follow-up in a state and gives its id.
func (r *refusal) followUp(state string) (id string) {
	r.t.Helper()
	path := "/api/followups/history?status=" + state
	if state == "PENDING" {
		path = "/api/followups/pending"
	}
	r.eventually(func() bool {
		for _, row := range r.data(path) {
			if row["conversation"].(fields)["contactNumber"] == r.phone {
				id = row["id"].(string)
				return true
			}
		}
		return false
	}, "a follow-up that is "+state)
	return id
}

// heardAll waits until nothing of the contact's mail is unread, by something that comes after it.
func (r *refusal) heardAll() {
	r.t.Helper()
	name := "Lida " + chat.NewID()
	r.must(http.StatusOK, http.MethodPatch, "/api/contacts/"+r.person(r.phone)["id"].(string), fields{"tags": []string{name}})
	r.eventually(func() bool {
		_, answer := r.call(http.MethodGet, "/api/messages?status=queued", nil)
		rows, _ := answer["data"].([]any)
		return len(rows) == 0
	}, "nothing waits to be sent")
}

// writes lets the customer do something on the simulated phone.
func (r *refusal) writes(in sandbox.Incoming) {
	r.t.Helper()
	in.Name = "Ana Souza"
	_, err := r.whatsapp.Write(r.phone, in)
	require.NoError(r.t, err)
}

// person is the contact with a phone.
func (s *scene) person(phone string) fields {
	s.t.Helper()
	rows := s.data("/api/contacts?search=" + phone)
	require.Len(s.t, rows, 1)
	return rows[0]
}

// customer sends a message as Meta's webhook tells it.
func (s *scene) customer(phone string, message fields) {
	s.t.Helper()
	told := fields{"from": phone, "id": "wamid." + chat.NewID(), "timestamp": fmt.Sprint(time.Now().Unix())}
	for name, value := range message {
		told[name] = value
	}
	s.webhook("messages", fields{"contacts": []fields{{"profile": fields{"name": "Ana"}, "wa_id": phone}}, "messages": []fields{told}})
}

func (s *scene) prefers(phone, choice string) {
	s.webhook("user_preferences", fields{"user_preferences": []fields{{
		"wa_id": phone, "detail": "User requested to " + choice + " marketing messages", "category": "marketing_messages", "value": choice,
		"timestamp": time.Now().Unix(),
	}}})
}

func (s *scene) turn(phone string, on bool) {
	s.t.Helper()
	_, err := s.whatsapp.SetPhone(phone, sandbox.PhoneChange{On: &on})
	require.NoError(s.t, err)
}

// refusedByMeta sends a promotion, and lets Meta refuse it because the customer had stopped them. The phone is off meanwhile:
// nothing fails that was delivered.
func (s *scene) refusedByMeta(phone string) {
	s.turn(phone, false)
	defer s.turn(phone, true)
	status, answer := s.request(http.MethodPost, "/api/actions/send-template", fields{
		"senderId": s.channel.ID, "templateName": "promo", "to": "+" + phone, "variables": fields{},
	}, map[string]string{"Prefer": "wait=10"})
	require.Equal(s.t, http.StatusOK, status, answer)
	sent := answer["data"].(fields)
	s.webhook("messages", fields{"statuses": []fields{{
		"id": sent["providerId"], "status": "failed", "timestamp": fmt.Sprint(time.Now().Unix()), "recipient_id": phone,
		"biz_opaque_callback_data": sent["messageId"], "errors": []fields{{"code": 131050, "title": "User has stopped marketing messages"}},
	}}})
}

// webhook posts one signed change.
func (s *scene) webhook(field string, value fields) {
	s.t.Helper()
	value["messaging_product"] = "whatsapp"
	value["metadata"] = fields{"display_phone_number": "551140040001", "phone_number_id": s.channel.Account}
	body, err := json.Marshal(fields{"object": "whatsapp_business_account", "entry": []fields{{
		"id": "102290129340398", "changes": []fields{{"field": field, "value": value}},
	}}})
	require.NoError(s.t, err)
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(body)
	request, err := http.NewRequest(http.MethodPost, "http://"+s.config.Addr+"/webhooks/meta/"+s.channel.Token, bytes.NewReader(body))
	require.NoError(s.t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	require.Equal(s.t, http.StatusOK, response.StatusCode)
}
