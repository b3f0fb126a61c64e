package gateway

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
)

type messageStore interface {
	Message(ctx context.Context, tenantID, id string) (chat.Message, error)
	Messages(ctx context.Context, tenantID string, filter chat.MessageFilter) ([]chat.Message, error)
	Parked(ctx context.Context, tenantID, conversationID string) ([]chat.Message, error)
	ResolveMessage(ctx context.Context, tenantID, id, as string) (chat.Message, error)
}

const messageNotFound = "Mensagem não encontrada"

// MessageView is a message as it is shown.
type MessageView struct {
	ID             string            `json:"id"`
	ConversationID string            `json:"conversationId"`
	ContactID      string            `json:"contactId"`
	ChannelID      string            `json:"channelId"`
	Direction      chat.Direction    `json:"direction" enum:"in,out"`
	Origin         chat.Origin       `json:"origin"`
	Status         chat.MessageState `json:"status"`
	Type           chat.ContentType  `json:"type"`
	Text           string            `json:"text,omitempty"`
	Media          *MediaView        `json:"media,omitempty"`
	Choice         string            `json:"choice,omitempty" doc:"id ou payload do que o cliente tocou"`
	Interactive    *chat.Interactive `json:"interactive,omitempty"`
	Location       *chat.Place       `json:"location,omitempty"`
	Contacts       []chat.Card       `json:"contacts,omitempty"`
	Reaction       *chat.Emoji       `json:"reaction,omitempty"`
	ReplyTo        string            `json:"replyToProviderId,omitempty" doc:"a mensagem citada, pelo id do provedor"`
	Template       string            `json:"template,omitempty"`
	ProviderID     string            `json:"providerId,omitempty"`
	Replaces       string            `json:"replaces,omitempty" doc:"a mensagem que o provedor recusou e em cujo lugar esta vai"`
	FollowUpID     string            `json:"followupId,omitempty"`
	Category       string            `json:"category,omitempty"`
	ErrorCode      string            `json:"errorCode,omitempty"`
	Error          string            `json:"error,omitempty"`
	CreatedAt      time.Time         `json:"createdAt"`
	At             *time.Time        `json:"at,omitempty" doc:"recebida, ou aceita pelo provedor"`
	SentAt         *time.Time        `json:"sentAt,omitempty"`
	DeliveredAt    *time.Time        `json:"deliveredAt,omitempty"`
	ReadAt         *time.Time        `json:"readAt,omitempty"`
	FailedAt       *time.Time        `json:"failedAt,omitempty"`
	BestBefore     *time.Time        `json:"bestBefore,omitempty"`
	RevokedAt      *time.Time        `json:"revokedAt,omitempty" doc:"quem a escreveu a apagou para todos: texto e anexo não são mais mostrados"`
	Mailbox        int64             `json:"mailbox,omitempty" doc:"o número na caixa do contato: o da mensagem que entrou, ou até onde a caixa ia quando a nossa foi reservada para o envio"`
}

func viewMessage(m chat.Message) MessageView {
	view := MessageView{
		ID: m.ID, ConversationID: m.ConversationID, ContactID: m.ContactID, ChannelID: m.ChannelID, Direction: m.Direction, Origin: m.Origin,
		Status: m.State, Type: m.Content.Type, Text: m.Content.Text, Media: viewMedia(m.Content.Media), ProviderID: m.ExternalID,
		Replaces: m.Replaces, FollowUpID: m.FollowUpID, Category: m.Category, ErrorCode: m.ErrorCode, Error: m.ErrorDetail, CreatedAt: m.CreatedAt.UTC(), At: when(m.At), SentAt: when(m.SentAt),
		DeliveredAt: when(m.DeliveredAt), ReadAt: when(m.ReadAt), FailedAt: when(m.FailedAt), BestBefore: when(m.BestBefore), RevokedAt: when(m.RevokedAt),
		Mailbox: m.ClaimNumber,
	}
	view.Choice, view.Interactive, view.Location, view.Contacts = m.Content.Choice, m.Content.Interactive, m.Content.Place, m.Content.Cards
	view.Reaction, view.ReplyTo = m.Content.Emoji, m.ReplyTo
	if m.Content.Template != nil {
		view.Template = m.Content.Template.Name
	}
	return view
}

type messageStory struct {
	MessageView
	MessageWait
	Log []logView `json:"log" doc:"o que foi verificado, em ordem"`
}

// messageAt finds the message that a path names.
func (g *Gateway) messageAt(ctx context.Context, text string) (chat.Message, error) {
	id, err := pathID(text, messageNotFound)
	if err != nil {
		return chat.Message{}, err
	}
	return g.Store.Message(ctx, tenantOf(ctx), id)
}

func (g *Gateway) getMessage(ctx context.Context, in *byID) (*Answer[messageStory], error) {
	message, err := g.messageAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return ok(messageStory{MessageView: viewMessage(message), MessageWait: waitOfMessage(message), Log: logOf("message", message.Log)})
}

type messagesIn struct {
	Status chat.MessageState `query:"status" doc:"como unconfirmed"`
	Paging
}

func (g *Gateway) listMessages(ctx context.Context, in *messagesIn) (*Answer[[]MessageView], error) {
	return g.messages(ctx, chat.MessageFilter{State: in.Status, Page: in.page()})
}

func (g *Gateway) messages(ctx context.Context, filter chat.MessageFilter) (*Answer[[]MessageView], error) {
	page := filter.Page
	filter.Page = ahead(page)
	rows, err := g.Store.Messages(ctx, tenantOf(ctx), filter)
	if err != nil {
		return nil, err
	}
	return listed(rows, page, viewMessage, func(m chat.Message) string { return m.ID }), nil
}

type resolveIn struct {
	ID   string `path:"id"`
	Body struct {
		As string `json:"as" enum:"sent,not_sent,resend" doc:"o que a equipe sabe: foi enviada, não foi, ou enviar de novo"`
	}
}

// resolveMessage settles a message of which nobody knows whether it went out.
func (g *Gateway) resolveMessage(ctx context.Context, in *resolveIn) (*Answer[MessageView], error) {
	found, err := g.messageAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	settled, err := g.Store.ResolveMessage(ctx, found.TenantID, found.ID, in.Body.As)
	if err != nil {
		return nil, err
	}
	g.Waker.Contact(desk.Ref{TenantID: settled.TenantID, ContactID: settled.ContactID})
	return ok(viewMessage(settled))
}
