package conversations

import (
	"context"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type contactView struct {
	Merged   *bool             `json:"merged,omitempty" doc:"só na resposta de uma união: false se já eram um só, e nada mudou"`
	ID       string            `json:"id"`
	Number   int64             `json:"number"`
	Name     string            `json:"name"`
	Phone    string            `json:"phone"`
	Timezone string            `json:"timezone,omitempty"`
	Tags     []string          `json:"tags"`
	Stage    string            `json:"stage,omitempty"`
	Status   string            `json:"status,omitempty"`
	Fields   map[string]string `json:"fields"`
	OptOut   chat.OptOut       `json:"optOut,omitempty" enum:"marketing,all"`
	OptOutAt *time.Time        `json:"optOutAt,omitempty"`
	// What the provider's refusals taught.
	UnreachableAt *time.Time `json:"unreachableAt,omitempty" doc:"desde quando nada chega a este contato; volta quando ele escrever"`
	MarketingRest *time.Time `json:"marketingRestUntil,omitempty" doc:"até quando este contato não recebe marketing, a pedido do provedor"`
	CreatedAt     time.Time  `json:"createdAt"`
	UpdatedAt     time.Time  `json:"updatedAt"`
	// Of one contact only, not of lists.
	ExternalIDs []string         `json:"externalIds,omitempty"`
	Keys        []contactKeyView `json:"keys,omitempty" doc:"tudo por que o contato é conhecido"`
}

func viewContact(c chat.Contact) contactView {
	view := contactView{
		ID: c.ID, Number: c.Number, Name: c.Name, Phone: c.Phone, Timezone: c.Timezone, Tags: c.Tags, Stage: c.Stage, Status: c.Status,
		Fields: c.Fields, OptOut: c.OptOut, UnreachableAt: web.When(c.Limits.UnreachableAt), MarketingRest: web.When(c.Limits.MarketingRest),
		CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(),
	}
	if c.OptOut != chat.OptOutNone {
		view.OptOutAt = web.When(c.OptOutAt)
	}
	if view.Tags == nil {
		view.Tags = []string{}
	}
	if view.Fields == nil {
		view.Fields = map[string]string{}
	}
	return view
}

type contactsIn struct {
	Search string `query:"search" maxLength:"200" doc:"parte do nome ou do telefone"`
	KeyQuery
	web.Paging
}

func (h *Handlers) listContacts(ctx context.Context, in *contactsIn) (*web.Answer[[]contactView], error) {
	page := in.Page()
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	rows, err := h.Store.Contacts(ctx, web.TenantOf(ctx), chat.ContactFilter{Search: in.Search, Key: key, Page: web.Ahead(page)})
	if err != nil {
		return nil, err
	}
	return web.Listed(rows, page, viewContact, func(c chat.Contact) string { return c.ID }), nil
}

func (h *Handlers) getContact(ctx context.Context, in *web.ByID) (*web.Answer[contactView], error) {
	contact, err := h.ContactAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	view, err := h.whole(ctx, contact)
	if err != nil {
		return nil, err
	}
	return web.OK(view)
}

// ContactChange is what callers may set of a contact; what is not named stays.
type ContactChange struct {
	Name       *string           `json:"name,omitempty" maxLength:"200"`
	Timezone   *string           `json:"timezone,omitempty" maxLength:"64" doc:"nome IANA; vazio usa o do canal"`
	Tags       []string          `json:"tags,omitempty" maxItems:"200" doc:"todas as etiquetas, cada uma com no máximo 200 caracteres: as que faltarem saem"`
	Stage      *string           `json:"stage,omitempty" maxLength:"200"`
	Status     *string           `json:"status,omitempty" maxLength:"200"`
	Fields     map[string]string `json:"fields,omitempty" doc:"só os que mudam; texto vazio remove"`
	ExternalID *string           `json:"externalId,omitempty" maxLength:"200" doc:"id do contato em outra plataforma"`
	// ExternalIDs is the whole list.
	ExternalIDs []string `json:"externalIds,omitempty" maxItems:"50" doc:"todos os ids em outras plataformas: os que faltarem saem"`
}

type createContactIn struct {
	Body struct {
		Number people.PhoneText `json:"number,omitempty" doc:"telefone com código do país; sem ele, informe externalId ou bsuid"`
		BSUID  string           `json:"bsuid,omitempty" maxLength:"256" doc:"id do usuário na Meta"`
		ContactChange
	}
}

// createContact makes a contact, or changes the one who has the number or an id already (then the answer is 200).
func (h *Handlers) createContact(ctx context.Context, in *createContactIn) (*web.Answer[contactView], error) {
	tenantID := web.TenantOf(ctx)
	if err := in.Body.check(); err != nil {
		return nil, err
	}
	keys, phone, err := identities{number: string(in.Body.Number), bsuid: in.Body.BSUID, external: in.Body.external()}.read()
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, fault.Required("number")
	}
	accepted, err := h.Store.EnsureConversation(ctx, tenantID, "", keys, phone, textOr(in.Body.Name))
	if err != nil {
		return nil, err
	}
	answer, err := h.applyContact(ctx, tenantID, accepted.ContactID, in.Body.ContactChange, identity{keys: keys, phone: phone})
	if err == nil && accepted.NewContact {
		answer.Status = http.StatusCreated
	}
	return answer, err
}

func textOr(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

type changeContactIn struct {
	ID   string `path:"id"`
	Body ContactChange
}

func (h *Handlers) changeContact(ctx context.Context, in *changeContactIn) (*web.Answer[contactView], error) {
	if err := in.Body.check(); err != nil {
		return nil, err
	}
	contact, err := h.ContactAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return h.applyContact(ctx, contact.TenantID, contact.ID, in.Body, identity{keys: people.ExternalKeys(in.Body.external())})
}

func (b ContactChange) check() error {
	if b.Timezone != nil && *b.Timezone != "" {
		if _, err := calendar.Zone(*b.Timezone); err != nil {
			return err
		}
	}
	if err := b.checkExternal(); err != nil {
		return err
	}
	for i, tag := range b.Tags {
		if utf8.RuneCountInString(tag) > people.MaxContactText {
			return fault.Field(fmt.Sprintf("tags[%d]", i), "no máximo %d caracteres", people.MaxContactText)
		}
	}
	return nil
}
