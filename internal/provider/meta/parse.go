package meta

import (
	"bytes"
	"time"

	"github.com/tidwall/gjson"

	"retoma/internal/fault"
	"retoma/internal/provider"
)

// maxBody is a little above the 3 MB that Meta sends at most (providers.md section 1.6).
const maxBody = 4 << 20

// byteOrderMark is what some proxies and libraries put before a text in UTF-8; it says nothing, and JSON does not know it.
const byteOrderMark = "\xef\xbb\xbf"

const webhookObject = "whatsapp_business_account"

// Parse reads a webhook: every entry, every change, every message and status in it. Items that cannot be read are
// listed as rejected with their raw text and cost the others nothing. A body that is not JSON, too large, or not
// a WhatsApp webhook is fault.Invalid.
func (a *Adapter) Parse(raw []byte, receivedAt time.Time) (provider.Batch, error) {
	if len(raw) > maxBody {
		return provider.Batch{}, fault.New(fault.Invalid, "webhook com mais de %d bytes", maxBody)
	}
	root, valid := readJSON(bytes.TrimPrefix(raw, []byte(byteOrderMark)))
	if !valid {
		return provider.Batch{}, fault.New(fault.Invalid, "webhook não é JSON válido")
	}
	var kind string
	var entries, errors gjson.Result
	each(root, func(key string, member gjson.Result) {
		switch key {
		case "object":
			kind = textOf(member)
		case "entry":
			entries = member
		case "errors":
			errors = member
		}
	})
	if !root.IsObject() || !entries.IsArray() || (kind != "" && kind != webhookObject) {
		return provider.Batch{}, fault.New(fault.Invalid, "webhook não é da API do WhatsApp: falta object %q com entry", webhookObject)
	}
	r := reader{receivedAt: receivedAt}
	each(entries, func(_ string, entry gjson.Result) { r.entry(entry) })
	r.reportErrors("", envelope{}, errors)
	return r.batch, nil
}

// reader gathers what one webhook held.
type reader struct {
	batch      provider.Batch
	receivedAt time.Time
	seen       seen
}

// entry reads one account's changes. A null holds nothing that could be lost, so it is counted and passed over.
func (r *reader) entry(entry gjson.Result) {
	if entry.Type == gjson.Null {
		r.batch.Ignored++
		return
	}
	if !entry.IsObject() {
		r.reject("entry is not an object", entry)
		return
	}
	var e envelope
	var changes, errors gjson.Result
	each(entry, func(key string, member gjson.Result) {
		switch key {
		case "id":
			e.waba = idOf(member)
		case "time":
			e.time = member
		case "changes":
			changes = member
		case "errors":
			errors = member
		}
	})
	r.reportErrors(e.waba, e, errors)
	switch {
	case changes.IsArray():
		each(changes, func(_ string, change gjson.Result) { r.change(e, change) })
	case changes.Type == gjson.Null:
		r.batch.Ignored++
	default:
		r.reject("changes is not a list", entry)
	}
}

// envelope is what an entry says about all its changes.
type envelope struct {
	waba string
	time gjson.Result
}

// change reads one change by its field.
func (r *reader) change(e envelope, change gjson.Result) {
	var field string
	var value gjson.Result
	each(change, func(key string, member gjson.Result) {
		switch key {
		case "field":
			field = textOf(member)
		case "value":
			value = member
		}
	})
	switch {
	case field == "":
		r.reject("change without a field", change)
	case passedOver(field):
		r.batch.Ignored++
	case !value.IsObject():
		r.reject("value of "+field+" is not an object", change)
	case field == "messages" || field == "smb_message_echoes":
		r.conversation(e, value)
	case field == "user_preferences":
		r.preferences(value)
	default:
		r.notice(e, field, value)
	}
}

// passedOver names the fields that are known and deliberately not used: bulk history and contact books of
// coexistence numbers, and the life of groups (providers.md section 1.6).
func passedOver(field string) bool {
	switch field {
	case "history", "smb_app_state_sync",
		"group_lifecycle_update", "group_participants_update", "group_settings_update", "group_status_update":
		return true
	}
	return false
}

func (r *reader) reject(reason string, item gjson.Result) {
	r.batch.Rejected = append(r.batch.Rejected, provider.Rejection{Reason: reason, Raw: []byte(item.Raw)})
}
