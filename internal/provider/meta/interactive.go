package meta

import (
	"github.com/tidwall/gjson"

	"retoma/internal/chat"
)

// readInteractive reads an answer to an interactive message. An answer of a kind that is not known keeps its object.
func readInteractive(m *message, body gjson.Result) chat.Content {
	kind := textOf(body.Get("type"))
	switch kind {
	case "button_reply", "list_reply":
		if reply := body.Get(kind); reply.IsObject() {
			return readChoice(chat.ContentType(kind), reply)
		}
	case "nfm_reply":
		if reply := body.Get(kind); reply.IsObject() {
			return readFlowReply(reply)
		}
	}
	return m.unsupported(body)
}

func readChoice(kind chat.ContentType, reply gjson.Result) chat.Content {
	content := chat.Content{Type: kind}
	each(reply, func(key string, member gjson.Result) {
		switch key {
		case "id":
			content.Choice = textOf(member)
		case "title":
			content.Text = textOf(member)
		default:
			put(&content.Data, clean(key), plain(member))
		}
	})
	return content
}

// readFlowReply reads the answer of a WhatsApp Flow. response_json is a string that holds JSON: its members become
// Data "fields" and its flow_token Data "flow_token". What is not an object is kept as it came, as Data "response_json".
func readFlowReply(reply gjson.Result) chat.Content {
	data := map[string]any{"fields": map[string]any{}, "flow_token": ""}
	content := chat.Content{Type: chat.FlowReply, Text: textOf(reply.Get("body")), Data: data}
	each(reply, func(key string, member gjson.Result) {
		switch key {
		case "body":
		case "response_json":
			readFlowFields(data, member)
		default:
			data[clean(key)] = plain(member)
		}
	})
	return content
}

func readFlowFields(data map[string]any, response gjson.Result) {
	answers := response
	if response.Type == gjson.String {
		inner, valid := readJSON([]byte(response.Str))
		if !valid {
			data["response_json"] = clean(response.Str)
			return
		}
		answers = inner
	}
	if !answers.IsObject() {
		data["response_json"] = plain(response)
		return
	}
	fields := object(answers)
	if token, named := fields["flow_token"].(string); named {
		data["flow_token"] = token
		delete(fields, "flow_token")
	}
	data["fields"] = fields
}
