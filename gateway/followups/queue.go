package followups

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"retoma/flows"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type pendingIn struct {
	Filters
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" doc:"1000 se não for dado"`
	Cursor string `query:"cursor" maxLength:"64" doc:"nextCursor da página anterior"`
}

// listPending lists the queue by due time. Its error is the one that followups-api.md names.
func (h *Handlers) listPending(ctx context.Context, in *pendingIn) (*web.Answer[[]pendingView], error) {
	after, err := readPlace(in.Cursor)
	if err != nil {
		return nil, err
	}
	page := web.OpenPage(in.Limit)
	filter := chat.FollowUpFilter{Pending: true, After: after, Page: web.Ahead(page)}
	some, err := h.selectFollowUps(ctx, in.Filters, &filter)
	var rows []flows.FollowUpView
	if err == nil && some {
		rows, err = h.Store.FollowUps(ctx, web.TenantOf(ctx), filter)
	}
	switch {
	case fault.Is(err, fault.Invalid):
		return nil, err
	case err != nil:
		web.NoteProblem(ctx, err)
		return nil, &web.Failure{Text: "Erro ao listar pendentes", Code: fault.Internal, Status: http.StatusInternalServerError}
	}
	return web.Listed(rows, page, func(f flows.FollowUpView) pendingView { return h.viewPending(ctx, f) }, placeOfRow), nil
}

// Filters are the filters that the queue and the history share.
type Filters struct {
	ConversationID string `query:"conversationId" doc:"UUID ou número da conversa"`
	RuleID         string `query:"ruleId" doc:"UUID da regra (ou do modelo, da configuração, do fluxo)"`
	ContactID      string `query:"contactId" doc:"UUID ou número do contato"`
}

// selectFollowUps notes the filters that were given; none tells that one of them names nothing, so that nothing matches.
func (h *Handlers) selectFollowUps(ctx context.Context, in Filters, filter *chat.FollowUpFilter) (some bool, err error) {
	some = true
	for _, one := range []struct {
		field, text string
		into        *string
		find        func(context.Context, chat.Ref) (string, error)
	}{
		{"conversationId", in.ConversationID, &filter.ConversationID, h.conversationID},
		{"ruleId", in.RuleID, &filter.FlowID, h.ruleID},
		{"contactId", in.ContactID, &filter.ContactID, h.contactID},
	} {
		if one.text == "" {
			continue
		}
		ref, understood := chat.ParseRef(one.text)
		if !understood {
			return false, fault.Field(one.field, "esperava um UUID ou um número inteiro a partir de 1")
		}
		if *one.into, err = one.find(ctx, ref); err != nil {
			return false, err
		}
		some = some && *one.into != ""
	}
	return some, nil
}

// conversationID is the id behind a reference, of what a merge left of it; empty if a small number names none.
func (h *Handlers) conversationID(ctx context.Context, ref chat.Ref) (string, error) {
	found, err := h.Store.Conversation(ctx, web.TenantOf(ctx), ref)
	return orAsked(found.ID, ref, err)
}

func (h *Handlers) contactID(ctx context.Context, ref chat.Ref) (string, error) {
	found, err := h.Store.Contact(ctx, web.TenantOf(ctx), ref)
	return orAsked(found.ID, ref, err)
}

// ruleID takes the id of any document, and the small numbers of rules.
func (h *Handlers) ruleID(ctx context.Context, ref chat.Ref) (string, error) {
	if ref.ID != "" {
		return ref.ID, nil
	}
	found, err := h.Store.Document(ctx, web.TenantOf(ctx), flows.RuleDocument, ref)
	return orAsked(found.ID, ref, err)
}

// orAsked is the id that was found, or what was asked for: an id that is no record's selects nothing by itself.
func orAsked(id string, ref chat.Ref, err error) (string, error) {
	if fault.Is(err, fault.NotFound) {
		return ref.ID, nil
	}
	return id, err
}

// askedConversation is what a caller calls a conversation; the answer is under the same name.
type askedConversation struct {
	name string
	bad  bool
}

// UnmarshalJSON keeps the text of a string or a number.
func (a *askedConversation) UnmarshalJSON(raw []byte) error {
	var number json.Number
	a.bad = json.Unmarshal(raw, &a.name) != nil || string(raw) == "null"
	if a.bad && json.Unmarshal(raw, &number) == nil && string(raw) != "null" {
		a.name, a.bad = number.String(), false
	}
	return nil
}

// Schema says in the document what is accepted.
func (askedConversation) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}
}

type pendingByIn struct {
	Body struct {
		ConversationIDs []askedConversation `json:"conversationIds" maxItems:"1000" nullable:"false" doc:"UUIDs ou números de até 1000 conversas"`
	}
}

type pendingBrief struct {
	ID           string    `json:"id"`
	RuleName     string    `json:"ruleName"`
	ScheduledFor time.Time `json:"scheduledFor"`
	// WaitsUntil is there only while the message, which is due, waits.
	WaitsUntil *time.Time `json:"waitsUntil,omitempty" doc:"só enquanto a mensagem, já vencida, espera: quando é vista de novo"`
}

// pendingByConversations tells what is pending in each of the conversations; those that do not exist have nothing.
func (h *Handlers) pendingByConversations(ctx context.Context, in *pendingByIn) (*web.Answer[map[string][]pendingBrief], error) {
	answer := make(map[string][]pendingBrief, len(in.Body.ConversationIDs))
	refs := map[chat.Ref][]string{}
	for i, one := range in.Body.ConversationIDs {
		if one.bad {
			return nil, fault.Field(fmt.Sprintf("conversationIds[%d]", i), "esperava um UUID ou um número inteiro a partir de 1")
		}
		answer[one.name] = []pendingBrief{}
		if ref, understood := chat.ParseRef(one.name); understood {
			refs[ref] = append(refs[ref], one.name)
		}
	}
	wanted := make([]chat.Ref, 0, len(refs))
	for ref := range refs {
		wanted = append(wanted, ref)
	}
	found, err := h.Store.PendingByConversations(ctx, web.TenantOf(ctx), wanted)
	if err != nil {
		return nil, err
	}
	for ref, names := range refs {
		for _, name := range names {
			answer[name] = web.Viewed(found[ref], func(f flows.FollowUpView) pendingBrief {
				return pendingBrief{ID: f.ID, RuleName: f.FlowName, ScheduledFor: f.DueAt.UTC(), WaitsUntil: h.waitsUntil(ctx, f)}
			})
		}
	}
	return web.OK(answer)
}
