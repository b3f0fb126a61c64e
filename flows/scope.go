package flows

import (
	"strings"
	"time"

	"retoma/internal/chat"
	"retoma/internal/expr"
)

// TriggerPayload is what conditions and texts read as trigger: what is known of the event that started a run.
//
// Every event gives event, from (the customer's phone, E.164), name, conversation_id, channel_id, sender_id (the same),
// timestamp (when it happened, RFC 3339) and message_id (the provider's). A customer's message gives text, type and choice too
// (whatsapp-automation.md, "Dados Disponíveis"), and media where it is a file: id (of /api/media, good as a mediaId too), url,
// mime, file_name and voice; the answers of a form (a WhatsApp Flow) are answers, by the names of its questions, and token. The data of a platform's event stands beside these, and over them.
func TriggerPayload(event *chat.Event, w World) map[string]any {
	payload := map[string]any{}
	if event == nil {
		return payload
	}
	name := w.Contact.Name
	if event.Message != nil {
		content := event.Message.Content
		payload["text"], payload["type"], payload["choice"] = content.Text, string(content.Type), content.Choice
		for key, value := range FormScope(content) {
			payload[key] = value
		}
		if content.Media != nil {
			payload["media"] = mediaScope(*content.Media)
		}
		if name == "" {
			name = event.Message.ProfileName
		}
		if event.Message.Referral != nil {
			payload["referral"] = cloneValue(event.Message.Referral)
		}
	}
	payload["event"] = string(event.Name)
	payload["from"], payload["name"] = w.Contact.Phone, name
	payload["conversation_id"] = firstOf(event.ConversationID, w.Conversation.ID)
	payload["channel_id"] = firstOf(event.ChannelID, w.Channel.ID)
	payload["sender_id"] = payload["channel_id"]
	payload["message_id"] = event.ExternalID
	payload["timestamp"] = event.At.In(w.zone()).Format(time.RFC3339)
	for key, value := range event.Data {
		payload[key] = cloneValue(value)
	}
	return payload
}

// FormScope is what conditions and texts read of a form's answers: answers, by the names of its questions, and token, by which
// the sender knows the form again. Nothing else has any.
func FormScope(content chat.Content) map[string]any {
	if content.Type != chat.FlowReply {
		return nil
	}
	return map[string]any{"answers": cloneValue(content.Data["fields"]), "token": content.Data["flow_token"]}
}

func mediaScope(m chat.Media) map[string]any {
	scope := map[string]any{"id": m.MediaID, "url": m.Link, "mime": m.MIME, "file_name": m.FileName, "voice": m.Voice}
	if m.MediaID != "" {
		scope["url"] = "/api/media/" + m.MediaID
	}
	return scope
}

func firstOf(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// StartScope is the scope that a run would begin with: what a trigger's condition is evaluated over.
func StartScope(payload, vars map[string]any, w World, now time.Time) expr.Scope {
	return expr.Scope{
		Trigger: payload, Contact: contactScope(w.Contact), Conversation: conversationScope(w.Conversation, now),
		Channel: channelScope(w.Channel, w.Company), Vars: vars, Steps: map[string]any{}, Now: now.In(w.zone()),
	}
}

func contactScope(c chat.Contact) map[string]any {
	// lead_fields are the same by key in capitals, as {{LEAD_FIELD_<KEY>}} of assistant-followup.md names them.
	fields, byCapitals := make(map[string]any, len(c.Fields)), make(map[string]any, len(c.Fields))
	for key, value := range c.Fields {
		fields[key] = value
		byCapitals[strings.ToUpper(key)] = value
	}
	first, _, _ := strings.Cut(strings.TrimSpace(c.Name), " ")
	return map[string]any{
		"id": c.ID, "number": int(c.Number), "name": c.Name, "first_name": first, "phone": c.Phone,
		"tags": append([]string{}, c.Tags...), "stage": c.Stage, "status": c.Status, "fields": fields, "lead_fields": byCapitals,
		"opted_out": c.OptOut != chat.OptOutNone,
	}
}

func conversationScope(c chat.Conversation, now time.Time) map[string]any {
	scope := map[string]any{
		"id": c.ID, "number": int(c.Number), "team_id": c.TeamID, "window_open": c.WindowOpen(now),
	}
	for name, at := range map[string]time.Time{"customer_at": c.CustomerAt, "outbound_at": c.OutboundAt, "agent_at": c.AgentAt} {
		if !at.IsZero() {
			scope[name] = at
		}
	}
	return scope
}

func channelScope(c chat.Channel, company string) map[string]any {
	return map[string]any{"id": c.ID, "name": c.Name, "phone": c.Phone, "provider": c.Provider, "company": company}
}

// zone is the one local rules use; UTC if nobody chose one.
func (w World) zone() *time.Location {
	if w.Zone == nil {
		return time.UTC
	}
	return w.Zone
}

// DefaultMaxLateness is how late a follow-up may be where the world does not say (domain.md section 2).
const DefaultMaxLateness = time.Hour

func (w World) maxLateness() time.Duration {
	if w.MaxLateness <= 0 {
		return DefaultMaxLateness
	}
	return w.MaxLateness
}
