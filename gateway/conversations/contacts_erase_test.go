package conversations_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPersonIsExportedAndErased(t *testing.T) {
	h := newHouse(t)
	made := h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770001", "name": "Ana", "externalId": "crm-777001", "fields": object{"cpf": "123"}})
	path := "/api/contacts/" + made.Text("id")
	for _, who := range []struct {
		key    string
		status int
	}{{h.Ours.Operator, 403}, {h.Theirs.Admin, 404}} {
		require.Equal(t, who.status, h.Call("GET", path+"/export", who.key, nil).Status)
		require.Equal(t, who.status, h.Call("DELETE", path, who.key, nil).Status)
	}
	whole := h.Done(200, "GET", path+"/export", h.Ours.Admin, nil)
	require.Equal(t, `attachment; filename="contato-1.json"`, whole.Header.Get("Content-Disposition"))
	require.Equal(t, "no-store", whole.Header.Get("Cache-Control"))
	var told struct {
		Data struct {
			Contacts []struct {
				Name   string
				Fields map[string]string
				Keys   []struct{ Value string }
			}
			Messages, Events, Notifications []any
		}
		Complete bool
	}
	require.NoError(t, json.Unmarshal([]byte(whole.Raw), &told))
	require.True(t, told.Complete)
	require.Len(t, told.Data.Contacts, 1)
	require.Equal(t, "Ana", told.Data.Contacts[0].Name)
	require.Equal(t, "123", told.Data.Contacts[0].Fields["cpf"])
	require.Len(t, told.Data.Contacts[0].Keys, 2)
	require.NotNil(t, told.Data.Messages, "an empty list is a list")

	erased := h.Done(200, "DELETE", path, h.Ours.Admin, nil)
	require.Equal(t, "erased", erased.Text("status"))
	require.Equal(t, made.Text("id"), erased.Text("id"))
	for _, again := range []string{"DELETE", "GET"} {
		h.Refused(404, "Contato não encontrado", again, path, h.Ours.Admin, nil)
	}
	h.Refused(404, "Contato não encontrado", "GET", path+"/export", h.Ours.Admin, nil)
	h.Refused(404, "Contato não encontrado", "PATCH", path, h.Ours.Admin, object{"name": "Ana"})
	h.Refused(404, "Contato não encontrado", "DELETE", "/api/contacts/1", h.Ours.Admin, nil)
	require.Empty(t, h.Done(200, "GET", "/api/contacts", h.Ours.Viewer, nil).List())
	anew := h.Done(201, "POST", "/api/contacts", h.Ours.Operator, object{"number": "+5511977770001"})
	require.NotEqual(t, made.Text("id"), anew.Text("id"))
	require.Empty(t, anew.Text("name"), "nothing of before")
}
