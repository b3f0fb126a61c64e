package desk

import (
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// ContactTold is a person as webhooks name them: enough to be found, no more.
type ContactTold struct {
	ID     string `json:"id"`
	Number int64  `json:"number,omitempty" doc:"o contactId pequeno"`
	Name   string `json:"name,omitempty"`
	Phone  string `json:"phone,omitempty" doc:"E.164; ausente em quem só tem identificador do provedor"`
}

// Whose says about whom and where something happened.
type Whose struct {
	Sequence       int64        `json:"sequence" doc:"cresce com os fatos: entre dois do mesmo contato, o maior é o mais novo; há lacunas"`
	Contact        *ContactTold `json:"contact,omitempty"`
	ConversationID string       `json:"conversationId,omitempty"`
	TicketID       int64        `json:"ticketId,omitempty" doc:"o número pequeno da conversa"`
	ChannelID      string       `json:"channelId,omitempty"`
}

// PingTold is the data of ping.
type PingTold struct {
	SubscriptionID string `json:"subscriptionId"`
}

// ConversationTold is the data of conversation.started: a customer's first message on a channel.
type ConversationTold struct{ Whose }

// MessageTold is the data of message.received.
type MessageTold struct {
	Whose
	MessageID  string           `json:"messageId"`
	ProviderID string           `json:"providerId,omitempty"`
	Type       chat.ContentType `json:"type"`
	Text       string           `json:"text,omitempty"`
	Choice     string           `json:"choice,omitempty" doc:"o que foi tocado: payload do botão ou id do item da lista"`
	Media      *chat.Media      `json:"media,omitempty"`
	Details    map[string]any   `json:"details,omitempty" doc:"o resto, como o provedor o deu: localização, contatos, pedido, resposta de fluxo, reação"`
	ReplyTo    string           `json:"replyTo,omitempty" doc:"id do provedor da mensagem citada"`
	At         time.Time        `json:"at" doc:"a hora do cliente"`
	ReceivedAt time.Time        `json:"receivedAt"`
}

// StatusTold is the data of message.status: a message of ours came into a state. Each state is told once.
type StatusTold struct {
	Whose
	MessageID  string            `json:"messageId"`
	ProviderID string            `json:"providerId,omitempty"`
	Status     chat.MessageState `json:"status" enum:"unconfirmed,accepted,held,sent,delivered,read,played,failed,cancelled"`
	Origin     chat.Origin       `json:"origin,omitempty"`
	Type       chat.ContentType  `json:"type,omitempty"`
	Category   string            `json:"category,omitempty" doc:"categoria de preço, quando o provedor a disse"`
	ErrorCode  string            `json:"errorCode,omitempty"`
	Error      string            `json:"error,omitempty"`
	Replaces   string            `json:"replaces,omitempty" doc:"a mensagem que o provedor recusou e em cujo lugar esta vai"`
	FollowUpID string            `json:"followupId,omitempty"`
	RunID      string            `json:"runId,omitempty"`
}

// FollowUpTold is the data of every followup event: the follow-up as it was then.
type FollowUpTold struct {
	Whose
	FollowUpID   string              `json:"followupId"`
	FlowID       string              `json:"flowId,omitempty" doc:"a regra, o modelo, a configuração ou o fluxo"`
	RunID        string              `json:"runId,omitempty"`
	Status       flows.FollowUpState `json:"status" enum:"PENDING,SENT,FAILED,CANCELLED,RESPONDED"`
	Attempt      int                 `json:"attempt,omitempty"`
	Revision     int64               `json:"revision" doc:"cresce quando o horário muda"`
	DueAt        *time.Time          `json:"dueAt,omitempty"`
	MessageID    string              `json:"messageId,omitempty"`
	SentAt       *time.Time          `json:"sentAt,omitempty"`
	CancelledAt  *time.Time          `json:"cancelledAt,omitempty"`
	CancelReason string              `json:"cancelReason,omitempty"`
	RespondedAt  *time.Time          `json:"respondedAt,omitempty"`
	FailedAt     *time.Time          `json:"failedAt,omitempty"`
	ErrorCode    string              `json:"errorCode,omitempty"`
}

// RunTold is the data of run.finished and run.failed.
type RunTold struct {
	Whose
	RunID     string         `json:"runId"`
	FlowID    string         `json:"flowId,omitempty"`
	Status    flows.RunState `json:"status" enum:"finished,stopped,failed" doc:"finished: chegou ao fim; stopped: encerrado de fora; failed: não pôde continuar"`
	Reason    string         `json:"reason,omitempty"`
	StartedAt *time.Time     `json:"startedAt,omitempty"`
}

// OptOutTold is the data of optout.
type OptOutTold struct {
	Whose
	Scope chat.OptOut `json:"scope" enum:"marketing,all"`
}

// OptInTold is the data of optin.
type OptInTold struct {
	Whose
	Scope chat.OptOut `json:"scope" enum:"marketing,all" doc:"a recusa que deixou de valer"`
}

// CommandTold is the data of command.unknown: a Typebot command that is for another inbox.
type CommandTold struct {
	Whose
	EventID string         `json:"eventId"`
	Command map[string]any `json:"command" doc:"as chaves do comando, como vieram"`
}

// RefusedTold is the data of command.refused: a command of a flow that was not carried out.
type RefusedTold struct {
	Whose
	EventID  string `json:"eventId"`
	Command  string `json:"command" doc:"o comando, como veio"`
	Reason   string `json:"reason" doc:"por que foi recusado"`
	Hint     string `json:"hint,omitempty" doc:"o mesmo em uma palavra, como injected: o próprio contato o escreveu"`
	Bubble   int    `json:"bubble" doc:"em qual balão veio, a partir de 0"`
	BubbleID string `json:"bubbleId,omitempty"`
}

// MergedTold is the data of contact.merged: two contacts turned out to be one person.
type MergedTold struct {
	Whose
	MergedContactID string         `json:"mergedContactId" doc:"o contato que deixou de existir; contact é o que ficou"`
	Details         map[string]any `json:"details,omitempty"`
}

// NotificationTold is the data of sender.offline and template.paused.
type NotificationTold struct {
	Sequence       int64          `json:"sequence"`
	NotificationID string         `json:"notificationId"`
	Title          string         `json:"title"`
	Text           string         `json:"text"`
	Details        map[string]any `json:"details,omitempty" doc:"como channelId, templateId e reason"`
}

func (a Announcement) whose() Whose {
	told := Whose{Sequence: a.Sequence}
	if a.ContactID != "" {
		told.Contact = &ContactTold{ID: a.ContactID}
	}
	if a.Contact != nil {
		told.Contact = &ContactTold{ID: a.Contact.ID, Number: a.Contact.Number, Name: a.Contact.Name, Phone: a.Contact.Phone}
	}
	if a.Conversation != nil {
		told.ConversationID, told.TicketID, told.ChannelID = a.Conversation.ID, a.Conversation.Number, a.Conversation.ChannelID
	}
	return told
}

func (a Announcement) received(at time.Time) MessageTold {
	told := MessageTold{Whose: a.whose(), MessageID: a.SubjectID, At: at.UTC(), ReceivedAt: at.UTC()}
	if m := a.Message; m != nil {
		told.ProviderID, told.Type, told.Text, told.Choice = m.ExternalID, m.Content.Type, m.Content.Text, m.Content.Choice
		told.Media, told.Details, told.ReplyTo, told.ReceivedAt = m.Content.Media, m.Content.Data, m.ReplyTo, m.CreatedAt.UTC()
	}
	return told
}

func (a Announcement) status() StatusTold {
	var facts struct {
		State       chat.MessageState `json:"state"`
		ExternalID  string            `json:"externalId"`
		ErrorCode   string            `json:"errorCode"`
		ErrorDetail string            `json:"errorDetail"`
		Category    string            `json:"category"`
	}
	a.read(&facts)
	told := StatusTold{
		Whose: a.whose(), MessageID: a.SubjectID, ProviderID: facts.ExternalID, Status: facts.State, Category: facts.Category,
		ErrorCode: facts.ErrorCode, Error: facts.ErrorDetail,
	}
	if m := a.Message; m != nil {
		told.Origin, told.Type, told.Replaces, told.FollowUpID, told.RunID = m.Origin, m.Content.Type, m.Replaces, m.FollowUpID, m.RunID
	}
	return told
}

func (a Announcement) followUp() FollowUpTold {
	var facts struct {
		State        flows.FollowUpState `json:"state"`
		Revision     int64               `json:"revision"`
		DueAt        int64               `json:"dueAt"`
		MessageID    string              `json:"messageId"`
		SentAt       int64               `json:"sentAt"`
		CancelledAt  int64               `json:"cancelledAt"`
		CancelReason string              `json:"cancelReason"`
		RespondedAt  int64               `json:"respondedAt"`
		FailedAt     int64               `json:"failedAt"`
		ErrorCode    string              `json:"errorCode"`
	}
	a.read(&facts)
	told := FollowUpTold{
		Whose: a.whose(), FollowUpID: a.SubjectID, Status: facts.State, Revision: facts.Revision, DueAt: moment(facts.DueAt), MessageID: facts.MessageID,
		SentAt: moment(facts.SentAt), CancelledAt: moment(facts.CancelledAt), CancelReason: facts.CancelReason,
		RespondedAt: moment(facts.RespondedAt), FailedAt: moment(facts.FailedAt), ErrorCode: facts.ErrorCode,
	}
	if f := a.FollowUp; f != nil {
		told.FlowID, told.RunID, told.Attempt = f.FlowID, f.RunID, f.Attempt
	}
	return told
}

func (a Announcement) run() RunTold {
	var facts struct {
		State  flows.RunState `json:"state"`
		Reason string         `json:"reason"`
	}
	a.read(&facts)
	told := RunTold{Whose: a.whose(), RunID: a.SubjectID, Status: facts.State, Reason: facts.Reason}
	if r := a.Run; r != nil {
		told.FlowID = r.FlowID
		if !r.StartedAt.IsZero() {
			started := r.StartedAt.UTC()
			told.StartedAt = &started
		}
	}
	return told
}

func (a Announcement) refused() RefusedTold {
	data := a.mail().Data
	told := RefusedTold{Whose: a.whose(), EventID: a.SubjectID}
	for name, into := range map[string]*string{"command": &told.Command, "reason": &told.Reason, "hint": &told.Hint, "bubbleId": &told.BubbleID} {
		if said, is := data[name].(string); is {
			*into = said
		}
	}
	if place, is := data["bubble"].(float64); is {
		told.Bubble = int(place)
	}
	return told
}

func (a Announcement) merged() MergedTold {
	told := MergedTold{Whose: a.whose(), Details: map[string]any{}}
	for name, value := range a.mail().Data {
		if id, is := value.(string); is && name == "mergedContactId" {
			told.MergedContactID = id
			continue
		}
		told.Details[name] = value
	}
	return told
}

func (a Announcement) notification() NotificationTold {
	var facts struct {
		Title string         `json:"title"`
		Text  string         `json:"text"`
		Data  map[string]any `json:"data"`
	}
	a.read(&facts)
	return NotificationTold{Sequence: a.Sequence, NotificationID: a.SubjectID, Title: facts.Title, Text: facts.Text, Details: facts.Data}
}

// moment is an instant as the database wrote it: UTC milliseconds, 0 for none.
func moment(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	at := time.UnixMilli(ms).UTC()
	return &at
}
