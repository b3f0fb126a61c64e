package conversations

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// contactKeyView is one of the identities by which a contact is known.
type contactKeyView struct {
	Kind  chat.KeyKind `json:"kind" enum:"phone,route,bsuid,parent_bsuid,lid,external"`
	Value string       `json:"value"`
	Scope string       `json:"scope,omitempty" doc:"onde vale: o provedor de uma rota, o portfólio de um BSUID"`
}

// whole is a contact with everything that it is known by.
func (h *Handlers) whole(ctx context.Context, contact chat.Contact) (contactView, error) {
	view := viewContact(contact)
	keys, err := h.Store.ContactKeys(ctx, contact.TenantID, contact.ID)
	view.Keys, view.ExternalIDs = viewKeys(keys), []string{}
	for _, key := range keys {
		if key.Kind == chat.KeyExternal {
			view.ExternalIDs = append(view.ExternalIDs, key.Value)
		}
	}
	return view, err
}

func viewKeys(keys []chat.ContactKey) []contactKeyView {
	views := []contactKeyView{}
	for _, key := range keys {
		views = append(views, contactKeyView{Kind: key.Kind, Value: key.Value, Scope: key.Scope})
	}
	return views
}

// KeyQuery are the ways to ask for one contact.
type KeyQuery struct {
	Phone       string `query:"phone" doc:"telefone com código do país: acha também as variantes nacionais"`
	ExternalID  string `query:"externalId" doc:"id em outra plataforma"`
	BSUID       string `query:"bsuid" doc:"id do usuário na Meta (business-scoped user id)"`
	ParentBSUID string `query:"parentBsuid"`
	LID         string `query:"lid"`
	Route       string `query:"route" doc:"endereço no provedor (wa_id)"`
}

// key is what was asked for; nil if nothing was.
func (q KeyQuery) key() (*chat.Key, error) {
	var asked []chat.Key
	if q.Phone != "" {
		phone, err := chat.ParsePhone(q.Phone, "")
		if err != nil {
			return nil, fault.Field("phone", "%s", fault.Of(err).Message)
		}
		asked = append(asked, chat.PhoneKey(phone))
	}
	for _, key := range []chat.Key{
		{Kind: chat.KeyExternal, Value: q.ExternalID}, {Kind: chat.KeyBSUID, Value: q.BSUID}, {Kind: chat.KeyParentBSUID, Value: q.ParentBSUID},
		{Kind: chat.KeyLID, Value: q.LID}, {Kind: chat.KeyRoute, Value: q.Route},
	} {
		if key.Value != "" {
			asked = append(asked, key)
		}
	}
	switch len(asked) {
	case 0:
		return nil, nil
	case 1:
		return &asked[0], nil
	}
	return nil, fault.Field("phone", "informe só um: phone, externalId, bsuid, parentBsuid, lid ou route")
}

// identities are the keys that a caller gives a contact.
type identities struct {
	number, bsuid string
	external      []string
}

// read checks them and gives the phone in E.164 too, if there is one.
func (i identities) read() (keys []chat.Key, phone string, err error) {
	if i.number != "" {
		who, err := people.ByPhone("number", i.number, "")
		if err != nil {
			return nil, "", err
		}
		keys, phone = who.Keys, who.Phone
	}
	if i.bsuid != "" {
		if !people.IsScopedID(i.bsuid) {
			return nil, "", fault.Field("bsuid", "esperava um id como BR.1234, como a Meta o dá")
		}
		keys = append(keys, chat.Key{Kind: chat.KeyBSUID, Value: i.bsuid})
	}
	return append(keys, people.ExternalKeys(i.external)...), phone, nil
}

func (b ContactChange) checkExternal() error {
	if b.ExternalID != nil && !web.IsName(*b.ExternalID) {
		return fault.Field("externalId", "caracteres inválidos")
	}
	for i, id := range b.ExternalIDs {
		switch {
		case id == "" || !web.IsName(id):
			return fault.Field(fmt.Sprintf("externalIds[%d]", i), "caracteres inválidos")
		case utf8.RuneCountInString(id) > people.MaxContactText:
			return fault.Field(fmt.Sprintf("externalIds[%d]", i), "no máximo %d caracteres", people.MaxContactText)
		}
	}
	return nil
}

// external are the ids that a change gives a contact.
func (b ContactChange) external() []string {
	ids := slices.Clone(b.ExternalIDs)
	if b.ExternalID != nil && *b.ExternalID != "" {
		ids = append(ids, *b.ExternalID)
	}
	return ids
}

// giveKeys makes a contact known by what a caller gives it. A list of external ids is the whole list: what is missing goes.
func (h *Handlers) giveKeys(ctx context.Context, tenantID, contactID string, keys []chat.Key, b ContactChange) error {
	var drop []chat.Key
	if b.ExternalIDs != nil {
		known, err := h.Store.ContactKeys(ctx, tenantID, contactID)
		if err != nil {
			return err
		}
		for _, key := range known {
			if key.Kind == chat.KeyExternal && !slices.Contains(keys, key.Key) {
				drop = append(drop, key.Key)
			}
		}
	}
	if len(keys)+len(drop) == 0 {
		return nil
	}
	return h.Store.GiveKeys(ctx, tenantID, contactID, keys, drop)
}
