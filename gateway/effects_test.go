package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/gateway"
	"retoma/gateway/gatewaytest"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/provider"
	"retoma/internal/provider/meta"
	"retoma/internal/store/storetest"
	"retoma/internal/worker"
)

// updateEffects writes the effects of truth files anew; what changed is then read by a person before it is committed.
var updateEffects = flag.Bool("update", false, "write the effects of the truth files anew")

const payloads = "../internal/provider/meta/testdata/webhooks"

// given is what a truth file says is so before the webhook comes, where it is not the usual: templates approved, the channel
// on line, nobody known.
type given struct {
	Template string `json:"template"` // the status of the templates that the webhook names
	Unknown  bool   `json:"templatesUnknown"`
	Offline  bool   `json:"channelOffline"`
	OptOut   string `json:"optOut"`        // of the person who chooses
	Another  bool   `json:"anotherNumber"` // the channel's number is not the one that the webhook names
}

// Every recorded and composed webhook is posted to a gateway with a real database, a worker works, and what is different
// afterwards is what the truth file calls the effect: the second half of the truth beside what the decoder reads.
func TestWhatWebhooksDo(t *testing.T) {
	files, err := filepath.Glob(payloads + "/*.json")
	require.NoError(t, err)
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			e := newEffects(t, engine)
			for _, file := range files {
				if strings.HasSuffix(file, ".truth.json") {
					continue
				}
				t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) { e.hold(t, file) })
			}
		})
	}
}

// effects is a house with a worker, in which each payload gets a company of its own.
type effects struct {
	*house
	worker *worker.Worker
	line   *line
}

func newEffects(t *testing.T, engine string) *effects {
	t.Helper()
	wire := &line{Adapter: meta.New(meta.Options{}), official: true}
	h := newHouseAt(t, storetest.Address(t, engine), longAgo, func(o *gateway.Options) {
		o.Providers = map[string]provider.Provider{"meta": wire}
	})
	e := &effects{house: h, line: wire}
	e.worker = worker.New(worker.Options{
		Store: h.Store, Compiler: h.Options.Catalog, Waker: h.Wakes, Pacer: at{}, Providers: h.Options.Providers,
		Writer: author{}, Horizon: func() time.Duration { return time.Hour }, Lease: time.Minute, Now: h.Clock,
		Logger: slog.New(slog.DiscardHandler),
	})
	return e
}

// hold compares what a payload does with its truth file, and holds that the same webhook again does nothing.
func (e *effects) hold(t *testing.T, file string) {
	truthFile := strings.TrimSuffix(file, ".json") + ".truth.json"
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	written, err := os.ReadFile(truthFile)
	require.NoError(t, err)
	var truth struct {
		Given  given    `json:"given"`
		Effect []string `json:"effect"`
	}
	require.NoError(t, json.Unmarshal(written, &truth))

	e.Set(longAgo)
	c := e.company(t, raw, truth.Given)
	e.Set(arrivalOf(raw))
	before := c.look()
	require.Equal(t, 200, e.Webhook(c.url, string(raw), gatewaytest.AppSecret).Status)
	e.work(t)
	after := c.look()
	got := differences(before, after)
	if *updateEffects {
		writeEffect(t, truthFile, written, got)
		truth.Effect = got
	}
	require.Equal(t, truth.Effect, got)

	require.Equal(t, 200, e.Webhook(c.url, string(raw), gatewaytest.AppSecret).Status)
	e.work(t)
	again := differences(after, c.look())
	for _, line := range again {
		require.Contains(t, line, "kept aside", "the same webhook again may only be kept aside again")
	}
}

// longAgo is when the companies were set up: before anything that a payload tells of.
var longAgo = time.Date(2015, 1, 1, 12, 0, 0, 0, time.UTC)

var timeInPayload = regexp.MustCompile(`"time(?:stamp)?":\s*"?(\d{10})(?:\d{3})?"?\b`)

// arrivalOf is two minutes after the newest time in a payload: webhooks come soon.
func arrivalOf(raw []byte) time.Time {
	newest := time.Date(2015, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, found := range timeInPayload.FindAllSubmatch(raw, -1) {
		if seconds, err := strconv.ParseInt(string(found[1]), 10, 64); err == nil && seconds > newest.Unix() {
			newest = time.Unix(seconds, 0).UTC()
		}
	}
	return newest.Add(2 * time.Minute)
}

// work lets the worker do all that is to be done.
func (e *effects) work(t *testing.T) {
	for range 5 {
		refs := e.Wakes.All()
		e.Wakes.Forget()
		if len(refs) == 0 {
			return
		}
		for _, ref := range refs {
			require.NoError(t, e.worker.Work(context.Background(), ref))
		}
	}
	t.Fatal("the worker does not come to an end")
}

// company is one tenant with the channels, templates and messages that a payload speaks of.
type company struct {
	e        *effects
	t        *testing.T
	id       string
	url      chat.Channel // whose webhook the payload is posted to
	channels []chat.Channel
}

// spokenOf is what a payload names.
type spokenOf struct {
	Entry []*struct {
		ID      string `json:"id"`
		Changes []struct {
			Field string `json:"field"`
			Value struct {
				Display string `json:"display_phone_number"`
				Meta    struct {
					Display string `json:"display_phone_number"`
					ID      string `json:"phone_number_id"`
				} `json:"metadata"`
				WABA struct {
					ID string `json:"waba_id"`
				} `json:"waba_info"`
				Template   json.Number `json:"message_template_id"`
				Name       string      `json:"message_template_name"`
				Language   string      `json:"message_template_language"`
				Category   string      `json:"message_template_category"`
				Statuses   []sentOnce  `json:"statuses"`
				Preference []struct {
					WaID   string `json:"wa_id"`
					UserID string `json:"user_id"`
				} `json:"user_preferences"`
			} `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

type sentOnce struct {
	ID     string `json:"id"`
	To     string `json:"recipient_id"`
	UserID string `json:"recipient_user_id"`
}

// company makes what the payload speaks of; a payload that cannot be read this way gets a channel and nothing else.
func (e *effects) company(t *testing.T, raw []byte, g given) *company {
	c := &company{e: e, t: t, id: chat.NewID()}
	require.NoError(t, e.Store.CreateTenant(t.Context(), chat.Tenant{ID: c.id, Name: "Loja"}))
	var said spokenOf
	_ = json.Unmarshal(raw, &said) // broken items are what some payloads are for
	for _, entry := range said.Entry {
		if entry == nil {
			continue
		}
		for _, change := range entry.Changes {
			v := change.Value
			display := firstOf(v.Meta.Display, v.Display)
			if g.Another {
				display = ""
			}
			channel := c.channel(g, firstOf(v.WABA.ID, entry.ID), v.Meta.ID, display)
			if v.Name != "" && !g.Unknown {
				c.template(channel, v.Template.String(), v.Name, strings.ReplaceAll(v.Language, "-", "_"), firstOf(v.Category, "UTILITY"), firstOf(g.Template, "APPROVED"))
			}
			for _, sent := range v.Statuses {
				c.sent(channel, sent)
			}
			for _, who := range v.Preference {
				c.chose(firstOf(who.WaID, who.UserID), g.OptOut)
			}
		}
	}
	if len(c.channels) == 0 {
		c.channel(g, "waba", "", "")
	}
	c.url = c.channels[0]
	c.robot()
	return c
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// channel finds or makes the channel of an account: several payloads name a number only in some of their parts.
func (c *company) channel(g given, waba, number, display string) chat.Channel {
	for _, known := range c.channels {
		if known.Account == number || number == "" && known.Config["wabaId"] == waba {
			return known
		}
	}
	names := []string{"Vendas", "Filial", "Terceira"}
	channel := chat.Channel{
		ID: chat.NewID(), TenantID: c.id, Name: names[len(c.channels)%len(names)], Provider: "meta", Account: firstOf(number, "number of "+waba),
		Phone: "+" + firstOf(display, fmt.Sprintf("55113000%04d", len(c.channels))), Token: "token-" + chat.NewID(), Online: !g.Offline,
		Config: map[string]string{"wabaId": waba}, Secrets: map[string]string{"accessToken": "EAAB", "appSecret": gatewaytest.AppSecret, "verifyToken": "verify"},
	}
	if g.Offline {
		channel.OfflineReason = "o provedor desativou a conta"
	}
	require.NoError(c.t, c.e.Store.CreateChannel(c.t.Context(), channel))
	c.channels = append(c.channels, channel)
	return channel
}

func (c *company) template(channel chat.Channel, id, name, language, category, status string) {
	known, err := c.e.Store.Templates(c.t.Context(), c.id, channel.ID)
	require.NoError(c.t, err)
	require.NoError(c.t, c.e.Store.SaveTemplates(c.t.Context(), c.id, channel.ID, append(known, chat.Template{
		ExternalID: id, Name: name, Language: language, Category: category, Status: status, Quality: "GREEN", BodyText: "Olá",
	})))
}

// robot answers every message of a customer, so that it shows what starts flows and what does not.
func (c *company) robot() {
	body := object{"name": "robô", "nodes": []object{
		{"id": "t", "type": "trigger", "with": object{"event": "message.received"}, "next": "s"},
		{"id": "s", "type": "send_message", "with": object{"text": "Sou o robô"}, "next": "f"},
		{"id": "f", "type": "end"}}}
	c.e.Done(201, "POST", "/api/flows", c.e.Key(c.id, chat.RoleAdmin), object{"definition": body})
	c.e.Wakes.Forget()
}

// sent puts a message of ours that the provider accepted into the history, an hour ago.
func (c *company) sent(channel chat.Channel, sent sentOnce) {
	if sent.ID == "" {
		return
	}
	who := c.person(channel.ID, firstOf(sent.To, sent.UserID))
	all, err := c.e.Store.Messages(c.t.Context(), c.id, chat.MessageFilter{Page: chat.Page{Limit: 50}})
	require.NoError(c.t, err)
	for _, known := range all {
		if known.ExternalID == sent.ID {
			return
		}
	}
	now := c.e.Clock()
	_, err = c.e.Store.Edit(c.t.Context(), desk.Ref{TenantID: c.id, ContactID: who.ContactID}, func(_ context.Context, d *desk.Desk) error {
		d.Changes.NewMessages = append(d.Changes.NewMessages, chat.Message{
			ID: chat.NewID(), TenantID: c.id, ContactID: who.ContactID, ConversationID: who.ConversationID, ChannelID: channel.ID,
			Direction: chat.Outbound, Origin: chat.FromAPI, ExternalID: sent.ID, State: chat.Accepted,
			Content: chat.Content{Type: chat.Text, Text: "Segue a proposta"}, CreatedAt: now.Add(-time.Hour), At: now.Add(-time.Hour),
		})
		return nil
	})
	require.NoError(c.t, err)
}

func (c *company) person(channelID, address string) desk.Accepted {
	keys, phone := []chat.Key{{Kind: chat.KeyBSUID, Value: address}}, ""
	if address != "" && strings.Trim(address, "0123456789") == "" {
		keys, phone = []chat.Key{chat.PhoneKey(address), {Kind: chat.KeyRoute, Value: address}}, "+"+address
	}
	who, err := c.e.Store.EnsureConversation(c.t.Context(), c.id, channelID, keys, phone, "")
	require.NoError(c.t, err)
	return who
}

// chose makes the person known beforehand whose earlier choice a truth file gives.
func (c *company) chose(address, optOut string) {
	if optOut == "" {
		return
	}
	who := c.person("", address)
	_, err := c.e.Store.ChangeContact(c.t.Context(), c.id, who.ContactID, func(contact *chat.Contact) error {
		contact.OptOut, contact.OptOutAt = chat.OptOut(optOut), time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		return nil
	})
	require.NoError(c.t, err)
}

func writeEffect(t *testing.T, file string, written []byte, got []string) {
	t.Helper()
	if got == nil {
		got = []string{}
	}
	var effect bytes.Buffer
	encoder := json.NewEncoder(&effect)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(got))
	var whole map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(written, &whole))
	whole["effect"] = effect.Bytes()
	var text bytes.Buffer
	text.WriteString("{")
	comma := ""
	for _, name := range []string{"says", "expected", "because", "given", "refused", "messages", "statuses", "news", "broken", "passedOver", "effect"} {
		if value, there := whole[name]; there {
			fmt.Fprintf(&text, "%s%q: %s", comma, name, value)
			comma = ","
		}
	}
	text.WriteString("}")
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, text.Bytes(), "", "  "))
	pretty.WriteByte('\n')
	require.NoError(t, os.WriteFile(file, pretty.Bytes(), 0o644))
}
