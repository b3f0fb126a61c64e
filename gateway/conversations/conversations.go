package conversations

import (
	"context"
	"time"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type conversationView struct {
	ID                    string     `json:"id"`
	Number                int64      `json:"number"`
	ContactID             string     `json:"contactId"`
	ChannelID             string     `json:"channelId"`
	TeamID                string     `json:"teamId,omitempty"`
	LastCustomerMessageAt *time.Time `json:"lastCustomerMessageAt,omitempty"`
	WindowClosesAt        *time.Time `json:"windowClosesAt,omitempty"`
	LastMessageAt         *time.Time `json:"lastMessageAt,omitempty" doc:"nossa última mensagem"`
	AgentAt               *time.Time `json:"agentAt,omitempty" doc:"a última mensagem escrita por uma pessoa da empresa"`
	HeldUntil             *time.Time `json:"heldUntil,omitempty"`
	CreatedAt             time.Time  `json:"createdAt"`
}

func viewConversation(c chat.Conversation) conversationView {
	return conversationView{
		ID: c.ID, Number: c.Number, ContactID: c.ContactID, ChannelID: c.ChannelID, TeamID: c.TeamID,
		LastCustomerMessageAt: web.When(c.CustomerAt), WindowClosesAt: web.When(c.WindowClosesAt()), LastMessageAt: web.When(c.OutboundAt),
		AgentAt: web.When(c.AgentAt), HeldUntil: web.When(c.HeldUntil), CreatedAt: c.CreatedAt.UTC(),
	}
}

type conversationsIn struct {
	ContactID string `query:"contactId" doc:"UUID ou número"`
	ChannelID string `query:"channelId"`
	web.Paging
}

func (h *Handlers) listConversations(ctx context.Context, in *conversationsIn) (*web.Answer[[]conversationView], error) {
	page := in.Page()
	filter := chat.ConversationFilter{Page: web.Ahead(page)}
	if in.ContactID != "" {
		contact, err := h.ContactAt(ctx, in.ContactID)
		if err != nil {
			return nil, err
		}
		filter.ContactID = contact.ID
	}
	if in.ChannelID != "" {
		channel, err := h.ChannelAt(ctx, in.ChannelID)
		if err != nil {
			return nil, err
		}
		filter.ChannelID = channel.ID
	}
	rows, err := h.Store.Conversations(ctx, web.TenantOf(ctx), filter)
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewConversation, func(c chat.Conversation) string { return c.ID }), nil
}

// conversationAt finds the conversation that a path names.
func (h *Handlers) conversationAt(ctx context.Context, text string) (chat.Conversation, error) {
	ref, err := web.PathRef(text, people.ConversationMissing)
	if err != nil {
		return chat.Conversation{}, err
	}
	return h.Store.Conversation(ctx, web.TenantOf(ctx), ref)
}

func (h *Handlers) getConversation(ctx context.Context, in *web.ByID) (*web.Answer[conversationView], error) {
	conversation, err := h.conversationAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return web.OK(viewConversation(conversation))
}

type holdIn struct {
	ID   string `path:"id"`
	Body *struct {
		Until *time.Time `json:"until,omitempty" doc:"até quando; sem isto, até ser liberada"`
	} `required:"false"`
}

// holdConversation lets a person take over: automation and follow-ups wait.
func (h *Handlers) holdConversation(ctx context.Context, in *holdIn) (*web.Answer[conversationView], error) {
	until := web.FarFuture()
	if in.Body != nil && in.Body.Until != nil {
		if until = in.Body.Until.UTC(); !until.After(h.Now()) {
			return nil, fault.Field("until", "deve ser uma hora futura")
		}
	}
	return h.editConversation(ctx, in.ID, func(c *chat.Conversation) { c.HeldUntil = until })
}

// releaseConversation gives the conversation back to automation.
func (h *Handlers) releaseConversation(ctx context.Context, in *web.ByID) (*web.Answer[conversationView], error) {
	answer, err := h.editConversation(ctx, in.ID, func(c *chat.Conversation) { c.HeldUntil, c.AgentAt = time.Time{}, time.Time{} })
	if err != nil {
		return nil, err
	}
	return answer, h.LetGo(ctx, "", answer.Body.Data.ContactID)
}

func (h *Handlers) editConversation(ctx context.Context, text string, change func(*chat.Conversation)) (*web.Answer[conversationView], error) {
	found, err := h.conversationAt(ctx, text)
	if err != nil {
		return nil, err
	}
	changed, err := h.Store.ChangeConversation(ctx, found.TenantID, found.ID, func(c *chat.Conversation) error {
		change(c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	h.Waker.Contact(desk.Ref{TenantID: changed.TenantID, ContactID: changed.ContactID})
	return web.OK(viewConversation(changed))
}
