package conversations

import (
	"context"
	"time"

	"retoma/gateway/briefs"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

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
	Removal        chat.Removal      `json:"removal,omitempty" enum:"retention,erased" doc:"por que o conteúdo não está mais aqui: o prazo de guarda da empresa, ou a pessoa foi apagada"`
	Mailbox        int64             `json:"mailbox,omitempty" doc:"o número na caixa do contato: o da mensagem que entrou, ou até onde a caixa ia quando a nossa foi reservada para o envio"`
}

func viewMessage(m chat.Message) MessageView {
	view := MessageView{
		ID: m.ID, ConversationID: m.ConversationID, ContactID: m.ContactID, ChannelID: m.ChannelID, Direction: m.Direction, Origin: m.Origin,
		Status: m.State, Type: m.Content.Type, Text: m.Content.Text, Media: viewMedia(m.Content.Media), ProviderID: m.ExternalID,
		Replaces: m.Replaces, FollowUpID: m.FollowUpID, Category: m.Category, ErrorCode: m.ErrorCode, Error: m.ErrorDetail, CreatedAt: m.CreatedAt.UTC(), At: web.When(m.At), SentAt: web.When(m.SentAt),
		DeliveredAt: web.When(m.DeliveredAt), ReadAt: web.When(m.ReadAt), FailedAt: web.When(m.FailedAt), BestBefore: web.When(m.BestBefore), RevokedAt: web.When(m.RevokedAt),
		Mailbox: m.ClaimNumber, Removal: m.Removal,
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
	briefs.MessageWait
	Log []briefs.LogView `json:"log" doc:"o que foi verificado, em ordem"`
}

// messageAt finds the message that a path names.
func (h *Handlers) messageAt(ctx context.Context, text string) (chat.Message, error) {
	id, err := web.PathID(text, messageNotFound)
	if err != nil {
		return chat.Message{}, err
	}
	return h.Store.Message(ctx, web.TenantOf(ctx), id)
}

func (h *Handlers) getMessage(ctx context.Context, in *web.ByID) (*web.Answer[messageStory], error) {
	message, err := h.messageAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return web.OK(messageStory{MessageView: viewMessage(message), MessageWait: h.Paced.WaitOfMessage(ctx, message, h.Now()), Log: briefs.LogOf("message", message.Log)})
}

type messagesIn struct {
	ContactID string            `query:"contactId" doc:"UUID ou número"`
	Status    chat.MessageState `query:"status" doc:"como unconfirmed"`
	web.Paging
}

func (h *Handlers) listMessages(ctx context.Context, in *messagesIn) (*web.Answer[[]MessageView], error) {
	filter := chat.MessageFilter{State: in.Status, Page: in.Page()}
	if in.ContactID != "" {
		contact, err := h.ContactAt(ctx, in.ContactID)
		if err != nil {
			return nil, err
		}
		filter.ContactID = contact.ID
	}
	return h.messages(ctx, filter)
}

func (h *Handlers) messages(ctx context.Context, filter chat.MessageFilter) (*web.Answer[[]MessageView], error) {
	page := filter.Page
	filter.Page = web.Ahead(page)
	rows, err := h.Store.Messages(ctx, web.TenantOf(ctx), filter)
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewMessage, func(m chat.Message) string { return m.ID }), nil
}

type resolveIn struct {
	ID   string `path:"id"`
	Body struct {
		As string `json:"as" enum:"sent,not_sent,resend" doc:"o que a equipe sabe: foi enviada, não foi, ou enviar de novo"`
	}
}

// resolveMessage settles a message of which nobody knows whether it went out.
func (h *Handlers) resolveMessage(ctx context.Context, in *resolveIn) (*web.Answer[MessageView], error) {
	found, err := h.messageAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	settled, err := h.Store.ResolveMessage(ctx, found.TenantID, found.ID, in.Body.As)
	if err != nil {
		return nil, err
	}
	h.Waker.Contact(desk.Ref{TenantID: settled.TenantID, ContactID: settled.ContactID})
	return web.OK(viewMessage(settled))
}
