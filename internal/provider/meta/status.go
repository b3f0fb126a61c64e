package meta

import (
	"time"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// stateOf maps Meta's delivery states; others, such as the legacy deleted and warning, change nothing.
func stateOf(status string) (chat.MessageState, bool) {
	switch status {
	case "sent":
		return chat.Sent, true
	case "delivered":
		return chat.Delivered, true
	case "read":
		return chat.Read, true
	case "played":
		return chat.Played, true
	case "failed":
		return chat.Failed, true
	}
	return "", false
}

// status reads one item of statuses. A group's state says nothing about a conversation with one person.
func (r *reader) status(s scene, item gjson.Result) {
	status := chat.Status{Account: s.account}
	var name, kind string
	var timestamp, errors gjson.Result
	var to sender
	each(item, func(key string, member gjson.Result) {
		switch key {
		case "id":
			status.MessageExternalID = idOf(member)
		case "status":
			name = idOf(member)
		case "timestamp":
			timestamp = member
		case "biz_opaque_callback_data":
			status.Tracker = textOf(member)
		case "recipient_id":
			to.address = idOf(member)
		case "recipient_user_id":
			to.userID = idOf(member)
		case "recipient_parent_user_id":
			to.parentID = idOf(member)
		case "recipient_type":
			kind = idOf(member)
		case "pricing":
			status.Category = textOf(member.Get("category"))
			status.Billable = boolOf(member.Get("billable"))
			status.PriceType = textOf(member.Get("type"))
		case "conversation":
			status.FreeUntil = freeUntil(member)
		case "errors":
			errors = member
		}
	})
	state, known := stateOf(name)
	switch {
	case name == "":
		r.reject("status without a state", item)
		return
	case !known || kind == "group":
		r.batch.Ignored++
		return
	case status.MessageExternalID == "" && status.Tracker == "":
		r.reject("status without a message id", item)
		return
	}
	status.State = state
	status.At = instantOf(timestamp, r.receivedAt)
	keys, _ := identify(to, s.find(to))
	status.Recipient = keys
	if state == chat.Failed {
		noteFailure(&status, errors)
	}
	r.batch.Statuses = append(r.batch.Statuses, provider.StatusReport{Status: status, Raw: item.Raw})
}

// freeUntil is the end of the free time that an ad or a page's button began; since v24.0 no other conversation is reported.
func freeUntil(conversation gjson.Result) time.Time {
	switch textOf(conversation.Get("origin.type")) {
	case "referral_conversion", "free_entry_point":
		return instantOf(conversation.Get("expiration_timestamp"), time.Time{})
	}
	return time.Time{}
}

// noteFailure notes the first error of a failed status, by the same table as the answers to sends.
func noteFailure(status *chat.Status, errors gjson.Result) {
	var first gjson.Result
	each(errors, func(_ string, item gjson.Result) {
		if !first.Exists() && item.IsObject() {
			first = item
		}
	})
	if !first.Exists() {
		status.ErrorCode, status.ErrorDetail = string(fault.ProviderRejected), "failed without an error"
		return
	}
	reported := readError(first)
	failure := reported.fault().failure(reported.number())
	status.ErrorCode, status.ErrorDetail = string(failure.Code), reported.detail()
	status.Explanation, status.Remedy, status.Reach = failure.Message, failure.Remedy, failure.Reach
}

func boolOf(value gjson.Result) *bool {
	if !value.IsBool() {
		return nil
	}
	flag := value.Bool()
	return &flag
}
