package meta

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// truth is a truth file: what one webhook says, in words and names that need no programmer. The fields from Messages to
// PassedOver are compared with what the decoder makes of it; Effect with what it does (gateway, TestWhatWebhooksDo).
type truth struct {
	// Says is the webhook in one or two sentences.
	Says string `json:"says"`
	// Expected is what the collection of payloads demands, word for word; payloads of our own have none. Because says where
	// the demand is not followed, and why.
	Expected string `json:"expected,omitempty"`
	Because  string `json:"because,omitempty"`
	// Given is what is so before it comes, where it is not the usual (gateway, TestWhatWebhooksDo).
	// Refused is why the body as a whole is no webhook.
	Given      json.RawMessage `json:"given,omitempty"`
	Refused    string          `json:"refused,omitempty"`
	Messages   []plainMessage  `json:"messages,omitempty"`
	Statuses   []plainStatus   `json:"statuses,omitempty"`
	News       []plainNews     `json:"news,omitempty"`
	Broken     []plainBroken   `json:"broken,omitempty"`
	PassedOver int             `json:"passedOver"`
	Effect     json.RawMessage `json:"effect,omitempty"`
}

type plainMessage struct {
	What         string         `json:"what"`
	Who          string         `json:"who,omitempty"`
	Phone        string         `json:"phone,omitempty"`
	IDs          []string       `json:"ids"`
	BecamePhone  string         `json:"becamePhone,omitempty"`
	Became       []string       `json:"became,omitempty"`
	OurNumber    string         `json:"ourNumber"`
	Message      string         `json:"message"`
	Time         time.Time      `json:"time"`
	Kind         string         `json:"kind,omitempty"`
	Text         string         `json:"text,omitempty"`
	Tapped       string         `json:"tapped,omitempty"`
	Attachment   *chat.Media    `json:"attachment,omitempty"`
	Answers      string         `json:"answers,omitempty"`
	AnswersWho   string         `json:"answersWho,omitempty"`
	Forwarded    bool           `json:"forwarded,omitempty"`
	Group        string         `json:"group,omitempty"`
	Ad           map[string]any `json:"ad,omitempty"`
	Details      map[string]any `json:"details,omitempty"`
	Besides      map[string]any `json:"besides,omitempty"`
	OpensAWindow bool           `json:"opensAWindow"`
}

type plainStatus struct {
	Message   string     `json:"message"`
	OurMark   string     `json:"ourMark,omitempty"`
	OurNumber string     `json:"ourNumber"`
	State     string     `json:"state"`
	Time      time.Time  `json:"time"`
	To        []string   `json:"to,omitempty"`
	Price     string     `json:"price,omitempty"`
	Billable  *bool      `json:"billable,omitempty"`
	PriceType string     `json:"priceType,omitempty"`
	FreeUntil *time.Time `json:"freeUntil,omitempty"`
	Error     string     `json:"error,omitempty"`
	Words     string     `json:"words,omitempty"`
	Means     string     `json:"means,omitempty"`
	Remedy    string     `json:"remedy,omitempty"`
	Reach     string     `json:"reach,omitempty"`
}

type plainNews struct {
	About    string         `json:"about"`
	Kind     string         `json:"kind"`
	Time     *time.Time     `json:"time,omitempty"`
	Team     string         `json:"teamReads,omitempty"`
	Template *plainTemplate `json:"template,omitempty"`
	Number   *plainNumber   `json:"number,omitempty"`
	Account  *plainAccount  `json:"account,omitempty"`
	All      map[string]any `json:"all"`
}

type plainTemplate struct {
	ExternalID string `json:"id,omitempty"`
	Name       string `json:"name,omitempty"`
	Language   string `json:"language,omitempty"`
	Status     string `json:"status,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Category   string `json:"category,omitempty"`
	Quality    string `json:"quality,omitempty"`
	Redefined  bool   `json:"redefined,omitempty"`
}

type plainNumber struct {
	Phone        string `json:"phone,omitempty"`
	Quality      string `json:"quality,omitempty"`
	Status       string `json:"status,omitempty"`
	Tier         string `json:"tier,omitempty"`
	Throughput   int    `json:"throughput,omitempty"`
	VerifiedName string `json:"verifiedName,omitempty"`
	NameStatus   string `json:"nameStatus,omitempty"`
}

type plainAccount struct {
	Standing string     `json:"standing"`
	Until    *time.Time `json:"until,omitempty"`
}

type plainBroken struct {
	Why  string          `json:"why"`
	What json.RawMessage `json:"what"`
}

func plainly(batch provider.Batch) truth {
	said := truth{PassedOver: batch.Ignored}
	for _, m := range batch.Messages {
		said.Messages = append(said.Messages, plainMessageOf(m))
	}
	for _, s := range batch.Statuses {
		said.Statuses = append(said.Statuses, plainStatus{
			Message: s.MessageExternalID, OurMark: s.Tracker, OurNumber: s.Account, State: string(s.State), Time: s.At, To: plainKeys(s.Recipient),
			Price: s.Category, Billable: s.Billable, PriceType: s.PriceType, FreeUntil: unlessZero(s.FreeUntil), Error: s.ErrorCode, Words: s.ErrorDetail,
			Means: s.Explanation, Remedy: s.Remedy, Reach: plainReach(s.Reach),
		})
	}
	for _, n := range batch.Notices {
		said.News = append(said.News, plainNewsOf(n))
	}
	for _, r := range batch.Rejected {
		said.Broken = append(said.Broken, plainBroken{Why: r.Reason, What: r.Raw})
	}
	return said
}

func plainMessageOf(m provider.Incoming) plainMessage {
	plain := plainMessage{
		What: string(m.Event.Name), Who: m.Name, Phone: m.Phone, IDs: plainKeys(m.From), BecamePhone: m.BecamePhone, Became: plainKeys(m.Became),
		OurNumber: m.Account, Message: m.Event.ExternalID, Time: m.Event.At, Besides: m.Event.Data,
	}
	if said := m.Event.Message; said != nil {
		plain.Kind, plain.Text, plain.Tapped, plain.Attachment = string(said.Content.Type), said.Content.Text, said.Content.Choice, said.Content.Media
		plain.Answers, plain.AnswersWho, plain.Forwarded, plain.Group = said.ReplyTo, said.ReplyToFrom, said.Forwarded, said.Group
		plain.Ad, plain.Details = said.Referral, said.Content.Data
		plain.OpensAWindow = m.Event.Name == chat.MessageReceived && said.Group == "" && said.Content.OpensWindow()
	}
	return plain
}

func plainNewsOf(n provider.Notice) plainNews {
	plain := plainNews{About: n.Account, Kind: n.Field, Time: unlessZero(n.At), Team: n.Text, All: n.Data}
	if n.Template != nil {
		converted := plainTemplate(*n.Template)
		plain.Template = &converted
	}
	if n.Number != nil {
		converted := plainNumber(*n.Number)
		plain.Number = &converted
	}
	if n.Sender != nil {
		plain.Account = &plainAccount{Standing: string(n.Sender.Standing), Until: unlessZero(n.Sender.Until)}
	}
	return plain
}

// plainReach says how far a failure reaches, such as "the contact, only marketing, rests for 24h0m0s".
func plainReach(reach fault.Reach) string {
	if reach.Scope == "" {
		return ""
	}
	says := "the " + string(reach.Scope)
	if reach.Marketing {
		says += ", only marketing"
	}
	if reach.Template != "" {
		says += ", which is now " + reach.Template
	}
	if reach.CoolDown > 0 {
		says += ", rests for " + reach.CoolDown.String()
	}
	if reach.Lift != "" {
		says += ", until lifted by " + string(reach.Lift)
	}
	if reach.Again {
		says += ", one more try is worth it"
	}
	return says
}

func plainKeys(keys []chat.Key) []string {
	var texts []string
	for _, key := range keys {
		texts = append(texts, string(key.Kind)+" "+key.Value)
	}
	return texts
}

func unlessZero(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func webhookFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/webhooks/*.json")
	require.NoError(t, err)
	var bodies []string
	for _, file := range files {
		if !strings.HasSuffix(file, ".truth.json") {
			bodies = append(bodies, file)
		}
	}
	require.NotEmpty(t, bodies)
	return bodies
}

func truthOf(file string) string { return strings.TrimSuffix(file, ".json") + ".truth.json" }

func readTruth(t testing.TB, file string) truth {
	t.Helper()
	var read truth
	decoder := json.NewDecoder(bytes.NewReader(readFile(t, file)))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&read), file)
	return read
}

func TestEveryWebhookIsReadAsItsTruthFileSays(t *testing.T) {
	demanded := expectations(t)
	for _, file := range webhookFiles(t) {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			batch, err := New(Options{}).Parse(readFile(t, file), arrival)
			got := plainly(batch)
			if err != nil {
				got.Refused = err.Error()
			}
			if *update {
				writeTruth(t, truthOf(file), got)
			}
			want := readTruth(t, truthOf(file))
			require.NotEmpty(t, want.Says, "a truth file says in words what happens")
			require.NotEmpty(t, want.Effect, "a truth file says what it does")
			require.Equal(t, want.Expected, demanded[name])
			want.Says, want.Expected, want.Because, want.Given, want.Effect = "", "", "", nil, nil
			require.Equal(t, asJSON(t, want), asJSON(t, got))
			for _, message := range batch.Messages {
				require.Equal(t, arrival, message.Event.ReceivedAt)
			}
		})
	}
}

// writeTruth keeps the words of a person and writes the rest anew.
func writeTruth(t *testing.T, file string, got truth) {
	t.Helper()
	if _, err := os.Stat(file); err == nil {
		var before truth
		require.NoError(t, json.Unmarshal(readFile(t, file), &before))
		got.Says, got.Expected, got.Because, got.Given, got.Effect = before.Says, before.Expected, before.Because, before.Given, before.Effect
	}
	require.NoError(t, os.WriteFile(file, []byte(asJSON(t, got)), 0o644))
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(value))
	return text.String()
}

// expectations are what the collection of payloads demands of each of its files, word for word.
func expectations(t *testing.T) map[string]string {
	t.Helper()
	var list []struct{ File, Expect string }
	require.NoError(t, json.Unmarshal(readFile(t, "testdata/expected.json"), &list))
	demanded := map[string]string{}
	for _, one := range list {
		demanded[strings.TrimPrefix(one.File, "meta/")] = one.Expect
	}
	require.NotEmpty(t, demanded)
	return demanded
}

func TestEveryPayloadOfTheCollectionHasItsTruth(t *testing.T) {
	for name := range expectations(t) {
		found := 0
		for _, file := range []string{"testdata/webhooks/" + name, "testdata/answers/" + name, "testdata/" + name} {
			if _, err := os.Stat(file); err == nil {
				found++
				_, err := os.Stat(truthOf(file))
				require.NoError(t, err, "%s has no truth file", file)
			}
		}
		require.Equal(t, 1, found, "%s is not among the payloads", name)
	}
}
