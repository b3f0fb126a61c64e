package sandbox

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// webhookBody is Meta's envelope (providers.md 1.6).
type webhookBody struct {
	Object string         `json:"object"`
	Entry  []webhookEntry `json:"entry"`
}

type webhookEntry struct {
	ID      string          `json:"id"`
	Time    int64           `json:"time,omitempty"`
	Changes []webhookChange `json:"changes"`
}

// change is one thing to tell a business: the value of a field, encoded. Messages and statuses are of the field "messages".
type change struct {
	field string
	value []byte
	// at is the time of the entry around it, in Unix seconds; 0 leaves it out, as Meta does around messages.
	at int64
}

type webhookChange struct {
	Value webhookValue `json:"value"`
	Field string       `json:"field"`
}

type webhookValue struct {
	MessagingProduct string              `json:"messaging_product"`
	Metadata         webhookMetadata     `json:"metadata"`
	Contacts         []webhookContact    `json:"contacts,omitempty"`
	Messages         []webhookMessage    `json:"messages,omitempty"`
	Statuses         []webhookStatus     `json:"statuses,omitempty"`
	Echoes           []webhookMessage    `json:"message_echoes,omitempty"`
	Preferences      []webhookPreference `json:"user_preferences,omitempty"`
}

// webhookPreference is a customer's choice about marketing.
type webhookPreference struct {
	WaID      string `json:"wa_id,omitempty"`
	UserID    string `json:"user_id,omitempty"`
	Detail    string `json:"detail"`
	Category  string `json:"category"`
	Value     string `json:"value"`
	Timestamp int64  `json:"timestamp"`
}

type webhookMetadata struct {
	DisplayPhoneNumber string `json:"display_phone_number"`
	PhoneNumberID      string `json:"phone_number_id"`
}

type webhookContact struct {
	Profile struct {
		Name     string `json:"name"`
		Username string `json:"username,omitempty"`
	} `json:"profile"`
	WaID         string `json:"wa_id,omitempty"`
	UserID       string `json:"user_id,omitempty"`
	ParentUserID string `json:"parent_user_id,omitempty"`
}

type webhookStatus struct {
	ID        string         `json:"id"`
	Status    string         `json:"status"`
	Timestamp string         `json:"timestamp"`
	Recipient string         `json:"recipient_id,omitempty"`
	UserID    string         `json:"recipient_user_id,omitempty"`
	ParentID  string         `json:"recipient_parent_user_id,omitempty"`
	Tracker   string         `json:"biz_opaque_callback_data,omitempty"`
	Pricing   *pricing       `json:"pricing,omitempty"`
	Errors    []webhookError `json:"errors,omitempty"`
}

// pricing is what a message costs; Meta has sent it without a conversation object since v24.
type pricing struct {
	Billable bool   `json:"billable"`
	Model    string `json:"pricing_model"`
	Type     string `json:"type"`
	Category string `json:"category"`
}

type webhookError struct {
	Code    int            `json:"code"`
	Title   string         `json:"title"`
	Message string         `json:"message"`
	Data    graphErrorData `json:"error_data"`
	Href    string         `json:"href"`
}

const errorCodesPage = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

func failedStatusError(code int) []webhookError {
	known := refuse(code, "")
	return []webhookError{{Code: code, Title: known.title, Message: known.title,
		Data: graphErrorData{Details: orText(known.details, known.title)}, Href: errorCodesPage}}
}

// messageChange is a change of the field "messages", or of another that has the same frame.
func messageChange(b *Business, field string, value webhookValue) change {
	value.MessagingProduct = "whatsapp"
	value.Metadata = webhookMetadata{DisplayPhoneNumber: digits(b.DisplayPhoneNumber), PhoneNumberID: b.PhoneNumberID}
	return change{field: field, value: encodePlain(value)}
}

func encodePlain(value any) []byte {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // plain structs of strings cannot fail
	return bytes.TrimSuffix(plain.Bytes(), []byte("\n"))
}

// encodeWebhook renders changes of one account as the bytes that are signed and posted. Changes of one time share an entry.
func encodeWebhook(wabaID string, changes ...change) []byte {
	body := wireBody{Object: "whatsapp_business_account"}
	for _, c := range changes {
		entries := len(body.Entry)
		if entries == 0 || body.Entry[entries-1].Time != c.at {
			body.Entry = append(body.Entry, wireEntry{ID: wabaID, Time: c.at})
		}
		last := &body.Entry[len(body.Entry)-1]
		last.Changes = append(last.Changes, wireChange{Value: c.value, Field: c.field})
	}
	return escapeLikeMeta(encodePlain(body))
}

// wireBody is [webhookBody] with values that are already encoded.
type wireBody struct {
	Object string      `json:"object"`
	Entry  []wireEntry `json:"entry"`
}

type wireEntry struct {
	ID      string       `json:"id"`
	Time    int64        `json:"time,omitempty"`
	Changes []wireChange `json:"changes"`
}

type wireChange struct {
	Value json.RawMessage `json:"value"`
	Field string          `json:"field"`
}

// escapeLikeMeta writes everything beyond ASCII as \uXXXX (lower case, surrogate pairs) and "/" as "\/", as PHP's encoder and
// so Meta does. Receivers that verify the signature over re-serialised JSON fail on it, and should.
func escapeLikeMeta(plain []byte) []byte {
	out := make([]byte, 0, len(plain)+len(plain)/4)
	for i := 0; i < len(plain); {
		if c := plain[i]; c < utf8.RuneSelf {
			if c == '/' {
				out = append(out, '\\')
			}
			out = append(out, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(plain[i:])
		i += size
		if r > 0xffff {
			r -= 0x10000
			out = appendEscape(out, 0xd800+(r>>10))
			r = 0xdc00 + (r & 0x3ff)
		}
		out = appendEscape(out, r)
	}
	return out
}

func appendEscape(out []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(out, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}

// seconds is a time as Meta writes it: Unix seconds in a string.
func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
