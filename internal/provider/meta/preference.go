package meta

import (
	"strconv"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/provider"
)

// preferences makes one event of each choice about marketing messages. The person is the one the item names: the value's
// contacts may be somebody else. Data "allowed" is the choice; Data "detail" Meta's own words.
func (r *reader) preferences(value gjson.Result) {
	account := idOf(value.Get("metadata.phone_number_id"))
	list := value.Get("user_preferences")
	if !list.IsArray() {
		r.reject("user_preferences is not a list", value)
		return
	}
	r.items("user_preferences", list, scene{account: account}, func(_ scene, item gjson.Result) { r.preference(account, item) })
}

func (r *reader) preference(account string, item gjson.Result) {
	who := sender{address: idOf(item.Get("wa_id")), userID: idOf(item.Get("user_id")), parentID: idOf(item.Get("parent_user_id"))}
	keys, phone := identify(who, person{})
	allowed, known := choiceOf(item)
	switch {
	case len(keys) == 0:
		r.reject("preference without an identity", item)
		return
	case !known:
		r.batch.Ignored++
		return
	}
	at := instantOf(item.Get("timestamp"), r.receivedAt)
	data := map[string]any{"allowed": allowed, "source": "whatsapp"}
	if detail := textOf(item.Get("detail")); detail != "" {
		data["detail"] = detail
	}
	id := "marketing:" + keys[len(keys)-1].Value + ":" + strconv.FormatBool(allowed) + ":" + strconv.FormatInt(at.UnixMilli(), 10)
	if !r.seen.add(id) {
		return
	}
	r.batch.Messages = append(r.batch.Messages, provider.Incoming{
		Account: account, From: keys, Phone: phone,
		Event: chat.Event{Name: chat.MarketingChosen, ExternalID: id, At: at, ReceivedAt: r.receivedAt, Data: data},
		Raw:   item.Raw,
	})
}

// choiceOf tells whether marketing messages are allowed from now on. Other categories and words change nothing that is
// known today.
func choiceOf(item gjson.Result) (allowed, known bool) {
	if category := idOf(item.Get("category")); category != "marketing_messages" {
		return false, false
	}
	switch idOf(item.Get("value")) {
	case "stop":
		return false, true
	case "resume", "signup":
		return true, true
	}
	return false, false
}
