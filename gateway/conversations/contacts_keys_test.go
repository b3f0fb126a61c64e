package conversations_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestContactsAreFoundByAnyKey(t *testing.T) {
	h := newHouse(t)
	made := h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+52 1 55 1234 5678", "bsuid": "MX.77", "externalIds": []string{"crm-1", "loja-9"}})
	id := made.Text("id")
	require.Equal(t, []any{"crm-1", "loja-9"}, made.Data()["externalIds"])
	for _, query := range []string{"phone=%2B525512345678", "phone=%2B5215512345678", "externalId=crm-1", "externalId=loja-9", "bsuid=MX.77"} {
		found := h.Done(200, "GET", "/api/contacts?"+query, h.Ours.Viewer, nil).List()
		require.Len(t, found, 1, query)
		require.Equal(t, id, found[0].(object)["id"])
		require.Empty(t, h.Done(200, "GET", "/api/contacts?"+query, h.Theirs.Viewer, nil).List(), "another tenant has none")
	}
	require.Empty(t, h.Done(200, "GET", "/api/contacts?bsuid=MX.78", h.Ours.Viewer, nil).List())
	h.Refused(400, "informe só um", "GET", "/api/contacts?bsuid=MX.77&externalId=crm-1", h.Ours.Viewer, nil)
	h.Refused(400, "phone: telefone", "GET", "/api/contacts?phone=abc", h.Ours.Viewer, nil)
	shown := h.Done(200, "GET", "/api/contacts/"+id, h.Ours.Viewer, nil).Data()["keys"]
	require.ElementsMatch(t, []any{
		object{"kind": "bsuid", "value": "MX.77"}, object{"kind": "external", "value": "crm-1"}, object{"kind": "external", "value": "loja-9"},
		object{"kind": "phone", "value": "525512345678"},
	}, shown)
}

func TestContactsWithoutAPhone(t *testing.T) {
	h := newHouse(t)
	made := h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"bsuid": "BR.1234", "name": "Bia"})
	require.Empty(t, made.Text("phone"))
	h.Done(200, "POST", "/api/contacts", h.Ours.Operator, object{"bsuid": "BR.1234", "externalId": "crm-1"})
	withPhone := h.Done(200, "POST", "/api/contacts", h.Ours.Operator, object{"externalId": "crm-1", "number": "+5511977770001"})
	require.Equal(t, made.Text("id"), withPhone.Text("id"))
	require.Equal(t, "+5511977770001", withPhone.Text("phone"), "a number that was missing is filled in")
	h.Refused(400, "bsuid: esperava", "POST", "/api/contacts", h.Ours.Operator, object{"bsuid": "+5511977770001"})
	h.Refused(400, "number: Required", "POST", "/api/contacts", h.Ours.Operator, object{"name": "ninguém"})
}

func TestExternalIDsBelongToOneContact(t *testing.T) {
	h := newHouse(t)
	ana := h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770001", "name": "Ana", "externalIds": []string{"a", "b"}})
	h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770002"})
	refused := h.Refused(409, "contato 1 (Ana)", "PATCH", "/api/contacts/2", h.Ours.Operator, object{"externalIds": []string{"c", "b"}})
	require.Contains(t, refused.Raw, "/api/contacts/1/merge")
	require.Empty(t, h.Done(200, "GET", "/api/contacts?externalId=c", h.Ours.Viewer, nil).List(), "nothing was changed")
	h.Refused(409, "contato 1", "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770002", "externalId": "a"})
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"externalIds": []string{"b"}})
	require.Empty(t, h.Done(200, "GET", "/api/contacts?externalId=a", h.Ours.Viewer, nil).List(), "what is missing in the list goes")
	h.Done(200, "PATCH", "/api/contacts/2", h.Ours.Operator, object{"externalIds": []string{"a"}})
	h.Done(200, "PATCH", "/api/contacts/1", h.Ours.Operator, object{"name": "Ana Maria"})
	require.Equal(t, []any{"b"}, h.Done(200, "GET", "/api/contacts/"+ana.Text("id"), h.Ours.Viewer, nil).Data()["externalIds"], "a change that does not name them leaves them")
}

func TestContactsAreMergedByHand(t *testing.T) {
	h := newHouse(t)
	ana := h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770001", "name": "Ana", "externalId": "a"})
	h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"bsuid": "BR.1", "externalId": "b"})
	h.Refused(403, "", "POST", "/api/contacts/1/merge", h.Ours.Operator, object{"contactId": 2})
	h.Refused(404, "", "POST", "/api/contacts/1/merge", h.Ours.Admin, object{"contactId": 3})
	h.Refused(404, "", "POST", "/api/contacts/1/merge", h.Theirs.Admin, object{"contactId": 2})
	require.Equal(t, false, h.Done(200, "POST", "/api/contacts/1/merge", h.Ours.Admin, object{"contactId": 1}).Data()["merged"])
	h.Refused(400, "contactId: Required", "POST", "/api/contacts/1/merge", h.Ours.Admin, object{})
	for again := range 2 {
		one := h.Done(200, "POST", "/api/contacts/1/merge", h.Ours.Admin, object{"contactId": 2})
		require.Equal(t, ana.Text("id"), one.Text("id"))
		require.Equal(t, []any{"a", "b"}, one.Data()["externalIds"])
		require.Equal(t, again == 0, one.Data()["merged"])
	}
	for _, ids := range [][2]any{{1, 2}, {2, 1}, {2, 2}, {1, ana.Text("id")}} {
		one := h.Done(200, "POST", fmt.Sprintf("/api/contacts/%v/merge", ids[0]), h.Ours.Admin, object{"contactId": ids[1]})
		require.Equal(t, ana.Text("id"), one.Text("id"), "%v: always the same answer", ids)
		require.Equal(t, false, one.Data()["merged"])
	}
	require.Equal(t, ana.Text("id"), h.Done(200, "GET", "/api/contacts/2", h.Ours.Viewer, nil).Text("id"), "the gone one's number leads to it")
	require.Len(t, h.Done(200, "GET", "/api/contacts", h.Ours.Viewer, nil).List(), 1)
	require.Equal(t, "contact.merged", string(h.Mail(h.Ours, ana.Text("id"))[0].Name))
}
