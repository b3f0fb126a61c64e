package assistants

import (
	"context"
	"slices"
	"strings"
	"time"

	"retoma/actions"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// Replier lets assistants answer customers; actions.Assistants is one.
type Replier interface {
	// Ready tells whether the assistant may write now.
	Ready(ctx context.Context, tenant chat.Tenant, assistant chat.Assistant) error
	Reply(ctx context.Context, job actions.ReplyJob) (actions.Reply, error)
}

type generateReplyIn struct {
	Body struct {
		AssistantID string              `json:"assistantId" minLength:"1"`
		CustomerID  people.CustomerText `json:"customerId"`
		Message     string              `json:"message" minLength:"1" maxLength:"4096" doc:"a mensagem do cliente"`
		Variables   map[string]any      `json:"variables,omitempty" doc:"dados para o assistente: informação, nunca instruções"`
	}
}

type generatedView struct {
	Reply          string    `json:"reply"`
	ConversationID string    `json:"conversationId"`
	Usage          usageView `json:"usage"`
}

// longestReply leaves a request time to keep what was written.
const longestReply = web.RequestTimeout - 5*time.Second

// generateReply lets an assistant answer a customer whose messages the caller carries itself (whatsapp-automation.md,
// "Gerar Resposta IA"). Nothing is made and nothing asked before it is known that the assistant may write.
func (h *Handlers) generateReply(ctx context.Context, in *generateReplyIn) (*web.Answer[generatedView], error) {
	who, err := people.ReadCustomer(string(in.Body.CustomerID))
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Body.Message) == "" {
		return nil, fault.Required("message")
	}
	assistant, err := h.assistantAt(ctx, in.Body.AssistantID)
	if err != nil {
		return nil, err
	}
	tenant, err := h.Store.Tenant(ctx, assistant.TenantID)
	if err != nil {
		return nil, err
	}
	if h.Assistants == nil {
		return nil, fault.New(fault.AIUnconfigured, "esta instalação não tem assistentes de IA")
	}
	if err := h.Assistants.Ready(ctx, tenant, assistant); err != nil {
		return nil, err
	}
	return h.answerCustomer(ctx, in, tenant, assistant, who)
}

func (h *Handlers) answerCustomer(ctx context.Context, in *generateReplyIn, tenant chat.Tenant, assistant chat.Assistant, who people.Person) (*web.Answer[generatedView], error) {
	accepted, err := h.Store.EnsureTalk(ctx, tenant.ID, who.Keys, who.Phone)
	if err != nil {
		return nil, err
	}
	contact, err := h.Store.Contact(ctx, tenant.ID, chat.Ref{ID: accepted.ContactID})
	if err != nil {
		return nil, err
	}
	if assistant.Memory == 0 {
		assistant.Memory = chat.DefaultMemory
	}
	if assistant.TimeLimit == 0 || assistant.TimeLimit > longestReply {
		assistant.TimeLimit = longestReply
	}
	memory, err := h.Store.RecallTalk(ctx, tenant.ID, accepted.ConversationID, assistant.ID, assistant.Memory)
	if err != nil {
		return nil, err
	}
	whatsApp, err := h.saidOnWhatsApp(ctx, contact, assistant.Memory)
	if err != nil {
		return nil, err
	}
	writing, done := context.WithCancel(ctx)
	defer done()
	defer context.AfterFunc(h.Writing, done)()
	reply, err := h.Assistants.Reply(writing, actions.ReplyJob{
		Tenant: tenant, Assistant: assistant, Contact: contact, Memory: memory, WhatsApp: whatsApp,
		Message: in.Body.Message, Vars: in.Body.Variables,
	})
	if err != nil {
		return nil, err
	}
	view := generatedView{Reply: reply.Text, ConversationID: accepted.ConversationID, Usage: viewUsage(reply.Usage)}
	request, err := web.Asked(ctx, 200, view)
	if err != nil {
		return nil, err
	}
	err = h.Store.RememberTalk(context.WithoutCancel(ctx), desk.Talk{
		TenantID: tenant.ID, ConversationID: accepted.ConversationID, AssistantID: assistant.ID, Request: request,
		Messages: []chat.Message{spoken(chat.Inbound, in.Body.Message), spoken(chat.Outbound, reply.Text)},
	})
	if err != nil {
		return nil, err
	}
	return web.OK(view)
}

// mostChannels is how many of a contact's conversations are looked at.
const mostChannels = 100

// saidOnWhatsApp is what was said lately in the contact's conversation with a channel that was active last.
func (h *Handlers) saidOnWhatsApp(ctx context.Context, contact chat.Contact, limit int) ([]chat.Message, error) {
	conversations, err := h.Store.Conversations(ctx, contact.TenantID, chat.ConversationFilter{ContactID: contact.ID, Page: chat.Page{Limit: mostChannels}})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(conversations, func(a, b chat.Conversation) int { return b.ActiveAt().Compare(a.ActiveAt()) })
	for _, conversation := range conversations {
		messages, err := h.Store.History(ctx, contact.TenantID, conversation.ID, limit)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
	}
	return nil, nil
}

func spoken(direction chat.Direction, text string) chat.Message {
	return chat.Message{Direction: direction, Content: chat.Content{Type: chat.Text, Text: text}}
}
