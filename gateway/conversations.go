package gateway

import (
	"context"
	"time"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

type conversationStore interface {
	Conversation(ctx context.Context, tenantID string, ref chat.Ref) (chat.Conversation, error)
	Conversations(ctx context.Context, tenantID string, filter chat.ConversationFilter) ([]chat.Conversation, error)
	ChangeConversation(ctx context.Context, tenantID, conversationID string, change func(*chat.Conversation) error) (chat.Conversation, error)
	// LetGo makes what a pause or a hold kept back due now, and gives the contacts that have work.
	LetGo(ctx context.Context, tenantID, channelID, contactID string) ([]desk.Ref, error)
}

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
		LastCustomerMessageAt: when(c.CustomerAt), WindowClosesAt: when(c.WindowClosesAt()), LastMessageAt: when(c.OutboundAt),
		AgentAt: when(c.AgentAt), HeldUntil: when(c.HeldUntil), CreatedAt: c.CreatedAt.UTC(),
	}
}

type conversationsIn struct {
	ContactID string `query:"contactId" doc:"UUID ou número"`
	ChannelID string `query:"channelId"`
	Paging
}

func (g *Gateway) listConversations(ctx context.Context, in *conversationsIn) (*Answer[[]conversationView], error) {
	page := in.page()
	filter := chat.ConversationFilter{Page: ahead(page)}
	if in.ContactID != "" {
		contact, err := g.contactAt(ctx, in.ContactID)
		if err != nil {
			return nil, err
		}
		filter.ContactID = contact.ID
	}
	if in.ChannelID != "" {
		channel, err := g.channelAt(ctx, in.ChannelID)
		if err != nil {
			return nil, err
		}
		filter.ChannelID = channel.ID
	}
	rows, err := g.Store.Conversations(ctx, tenantOf(ctx), filter)
	if err != nil {
		return nil, err
	}
	return listed(rows, page, viewConversation, func(c chat.Conversation) string { return c.ID }), nil
}

// conversationAt finds the conversation that a path names.
func (g *Gateway) conversationAt(ctx context.Context, text string) (chat.Conversation, error) {
	ref, err := pathRef(text, conversationMissing)
	if err != nil {
		return chat.Conversation{}, err
	}
	return g.Store.Conversation(ctx, tenantOf(ctx), ref)
}

func (g *Gateway) getConversation(ctx context.Context, in *byID) (*Answer[conversationView], error) {
	conversation, err := g.conversationAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return ok(viewConversation(conversation))
}

type holdIn struct {
	ID   string `path:"id"`
	Body *struct {
		Until *time.Time `json:"until,omitempty" doc:"até quando; sem isto, até ser liberada"`
	} `required:"false"`
}

// holdConversation lets a person take over: automation and follow-ups wait.
func (g *Gateway) holdConversation(ctx context.Context, in *holdIn) (*Answer[conversationView], error) {
	until := farFuture()
	if in.Body != nil && in.Body.Until != nil {
		if until = in.Body.Until.UTC(); !until.After(g.Now()) {
			return nil, fault.Field("until", "deve ser uma hora futura")
		}
	}
	return g.editConversation(ctx, in.ID, func(c *chat.Conversation) { c.HeldUntil = until })
}

// releaseConversation gives the conversation back to automation.
func (g *Gateway) releaseConversation(ctx context.Context, in *byID) (*Answer[conversationView], error) {
	answer, err := g.editConversation(ctx, in.ID, func(c *chat.Conversation) { c.HeldUntil, c.AgentAt = time.Time{}, time.Time{} })
	if err != nil {
		return nil, err
	}
	return answer, g.letGo(ctx, "", answer.Body.Data.ContactID)
}

func (g *Gateway) editConversation(ctx context.Context, text string, change func(*chat.Conversation)) (*Answer[conversationView], error) {
	found, err := g.conversationAt(ctx, text)
	if err != nil {
		return nil, err
	}
	changed, err := g.Store.ChangeConversation(ctx, found.TenantID, found.ID, func(c *chat.Conversation) error {
		change(c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	g.Waker.Contact(desk.Ref{TenantID: changed.TenantID, ContactID: changed.ContactID})
	return ok(viewConversation(changed))
}
