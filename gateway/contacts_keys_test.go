package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestContactsAreFoundByAnyKey(t *testing.T) {
	h := newHouse(t)
	made := h.done(201, "POST", "/api/contacts", h.ours.operator, object{"number": "+52 1 55 1234 5678", "bsuid": "MX.77", "externalIds": []string{"crm-1", "loja-9"}})
	id := made.text("id")
	require.Equal(t, []any{"crm-1", "loja-9"}, made.data()["externalIds"])
	for _, query := range []string{"phone=%2B525512345678", "phone=%2B5215512345678", "externalId=crm-1", "externalId=loja-9", "bsuid=MX.77"} {
		found := h.done(200, "GET", "/api/contacts?"+query, h.ours.viewer, nil).list()
		require.Len(t, found, 1, query)
		require.Equal(t, id, found[0].(object)["id"])
		require.Empty(t, h.done(200, "GET", "/api/contacts?"+query, h.theirs.viewer, nil).list(), "another tenant has none")
	}
	require.Empty(t, h.done(200, "GET", "/api/contacts?bsuid=MX.78", h.ours.viewer, nil).list())
	h.refused(400, "informe só um", "GET", "/api/contacts?bsuid=MX.77&externalId=crm-1", h.ours.viewer, nil)
	h.refused(400, "phone: telefone", "GET", "/api/contacts?phone=abc", h.ours.viewer, nil)
	shown := h.done(200, "GET", "/api/contacts/"+id, h.ours.viewer, nil).data()["keys"]
	require.ElementsMatch(t, []any{
		object{"kind": "bsuid", "value": "MX.77"}, object{"kind": "external", "value": "crm-1"}, object{"kind": "external", "value": "loja-9"},
		object{"kind": "phone", "value": "525512345678"},
	}, shown)
}

func TestContactsWithoutAPhone(t *testing.T) {
	h := newHouse(t)
	made := h.done(201, "POST", "/api/contacts", h.ours.operator, object{"bsuid": "BR.1234", "name": "Bia"})
	require.Empty(t, made.text("phone"))
	h.done(200, "POST", "/api/contacts", h.ours.operator, object{"bsuid": "BR.1234", "externalId": "crm-1"})
	withPhone := h.done(200, "POST", "/api/contacts", h.ours.operator, object{"externalId": "crm-1", "number": "+5511977770001"})
	require.Equal(t, made.text("id"), withPhone.text("id"))
	require.Equal(t, "+5511977770001", withPhone.text("phone"), "a number that was missing is filled in")
	h.refused(400, "bsuid: esperava", "POST", "/api/contacts", h.ours.operator, object{"bsuid": "+5511977770001"})
	h.refused(400, "number: Required", "POST", "/api/contacts", h.ours.operator, object{"name": "ninguém"})
}

func TestExternalIDsBelongToOneContact(t *testing.T) {
	h := newHouse(t)
	ana := h.done(201, "POST", "/api/contacts", h.ours.operator, object{"number": "+5511977770001", "name": "Ana", "externalIds": []string{"a", "b"}})
	h.done(201, "POST", "/api/contacts", h.ours.operator, object{"number": "+5511977770002"})
	refused := h.refused(409, "contato 1 (Ana)", "PATCH", "/api/contacts/2", h.ours.operator, object{"externalIds": []string{"c", "b"}})
	require.Contains(t, refused.raw, "/api/contacts/1/merge")
	require.Empty(t, h.done(200, "GET", "/api/contacts?externalId=c", h.ours.viewer, nil).list(), "nothing was changed")
	h.refused(409, "contato 1", "POST", "/api/contacts", h.ours.operator, object{"number": "+5511977770002", "externalId": "a"})
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"externalIds": []string{"b"}})
	require.Empty(t, h.done(200, "GET", "/api/contacts?externalId=a", h.ours.viewer, nil).list(), "what is missing in the list goes")
	h.done(200, "PATCH", "/api/contacts/2", h.ours.operator, object{"externalIds": []string{"a"}})
	h.done(200, "PATCH", "/api/contacts/1", h.ours.operator, object{"name": "Ana Maria"})
	require.Equal(t, []any{"b"}, h.done(200, "GET", "/api/contacts/"+ana.text("id"), h.ours.viewer, nil).data()["externalIds"], "a change that does not name them leaves them")
}

func TestContactsAreMergedByHand(t *testing.T) {
	h := newHouse(t)
	ana := h.done(201, "POST", "/api/contacts", h.ours.operator, object{"number": "+5511977770001", "name": "Ana", "externalId": "a"})
	h.done(201, "POST", "/api/contacts", h.ours.operator, object{"bsuid": "BR.1", "externalId": "b"})
	h.refused(403, "", "POST", "/api/contacts/1/merge", h.ours.operator, object{"contactId": 2})
	h.refused(404, "", "POST", "/api/contacts/1/merge", h.ours.admin, object{"contactId": 3})
	h.refused(404, "", "POST", "/api/contacts/1/merge", h.theirs.admin, object{"contactId": 2})
	h.refused(400, "contactId: é o próprio", "POST", "/api/contacts/1/merge", h.ours.admin, object{"contactId": 1})
	h.refused(400, "contactId: Required", "POST", "/api/contacts/1/merge", h.ours.admin, object{})
	for range 2 {
		one := h.done(200, "POST", "/api/contacts/1/merge", h.ours.admin, object{"contactId": 2})
		require.Equal(t, ana.text("id"), one.text("id"))
		require.Equal(t, []any{"a", "b"}, one.data()["externalIds"])
	}
	require.Equal(t, ana.text("id"), h.done(200, "GET", "/api/contacts/2", h.ours.viewer, nil).text("id"), "the gone one's number leads to it")
	require.Len(t, h.done(200, "GET", "/api/contacts", h.ours.viewer, nil).list(), 1)
	require.Equal(t, "contact.merged", string(h.mail(h.ours, ana.text("id"))[0].Name))
}
