package meta

import (
	"strings"

	"github.com/tidwall/gjson"

	"retoma/internal/provider"
)

// notice keeps news about a template, a number or the account, and every field that this version does not know.
// Template ids are text and template languages have the form that sending uses ("en_US"); Data "time" is the
// entry's time (Unix seconds) unless the news has one of its own.
func (r *reader) notice(e envelope, field string, value gjson.Result) {
	data := object(value)
	if id := value.Get("message_template_id"); id.Type == gjson.Number {
		data["message_template_id"] = id.Raw
	}
	if language, named := data["message_template_language"].(string); named {
		data["message_template_language"] = languageCode(language)
	}
	if _, named := data["time"]; !named && e.time.Type != gjson.Null {
		data["time"] = plain(e.time)
	}
	account := idOf(value.Get("metadata.phone_number_id"))
	if account == "" {
		account = e.waba
	}
	r.batch.Notices = append(r.batch.Notices, provider.Notice{Account: account, Field: field, Data: data})
}

// preferences makes one notice of each choice about marketing messages. The person is the one the item names:
// the value's contacts may be somebody else. Data "phone" is E.164, if the item has a phone.
func (r *reader) preferences(value gjson.Result) {
	s := scene{account: idOf(value.Get("metadata.phone_number_id"))}
	list := value.Get("user_preferences")
	if !list.IsArray() {
		r.reject("user_preferences is not a list", value)
		return
	}
	r.items("user_preferences", list, s, func(_ scene, item gjson.Result) {
		who := sender{address: idOf(item.Get("wa_id")), userID: idOf(item.Get("user_id"))}
		keys, phone := identify(who, person{})
		if len(keys) == 0 {
			r.reject("preference without an identity", item)
			return
		}
		data := object(item)
		if phone != "" {
			data["wa_id"], data["phone"] = who.address, phone
		}
		r.batch.Notices = append(r.batch.Notices, provider.Notice{Account: s.account, Field: "user_preferences", Data: data})
	})
}

// languageCode gives a language as templates are sent with it; webhooks write "en-US" or "en_US".
func languageCode(language string) string {
	return strings.ReplaceAll(strings.TrimSpace(language), "-", "_")
}
