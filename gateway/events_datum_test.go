package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Without what it is about, a contact's event would start every rule that names no tag or stage, for nothing.
func TestAContactsEventNamesWhatItIsAbout(t *testing.T) {
	h := newHouse(t)
	ref := h.customerWrote(h.ours, "5511999999999")
	before := h.dump()
	for event, name := range map[string]string{"stage.entered": "stage", "contact.stage_entered": "stage", "contact.tag_added": "tag", "contact.status_changed": "status"} {
		field := "Erro de validação: data." + name + ": "
		refused := func(what string, data any) {
			h.refused(400, field+what, "POST", "/api/events", h.ours.operator, object{"event": event, "contactId": ref.ContactID, "data": data})
		}
		h.refused(400, field+"Required", "POST", "/api/events", h.ours.operator, object{"event": event, "contactId": ref.ContactID})
		for _, empty := range []any{object{}, object{name: nil}, object{name: ""}, object{name: " \n"}, object{"outro": "x"}} {
			refused("Required", empty)
		}
		for _, strange := range []any{7, true, []any{"x"}, object{"name": "x"}} {
			refused("esperava um texto", object{name: strange})
		}
		refused("no máximo 200 caracteres", object{name: strings.Repeat("á", 201)})
	}
	require.Equal(t, before, h.dump())

	long := strings.Repeat("á", 200)
	h.done(202, "POST", "/api/events", h.ours.operator, object{"event": "contact.tag_added", "contactId": ref.ContactID, "data": object{"tag": "  " + long + " "}})
	h.done(202, "POST", "/api/events", h.ours.operator, object{"event": "contact.status_changed", "contactId": ref.ContactID, "data": object{"status": "novo"}})
	found := h.done(200, "GET", "/api/contacts/"+ref.ContactID, h.ours.viewer, nil).data()
	require.Equal(t, []any{[]any{long}, "novo"}, []any{found["tags"], found["status"]})
	require.Equal(t, long, h.mail(h.ours, ref.ContactID)[0].Data["tag"], "flows read what the contact has")
}

func TestWhatAContactMayHold(t *testing.T) {
	h := newHouse(t)
	ref := h.customerWrote(h.ours, "5511999999999")
	path := "/api/contacts/" + ref.ContactID
	many := make([]string, 201)
	for i := range many {
		many[i] = fmt.Sprint("etiqueta ", i)
	}
	long := strings.Repeat("á", 201)
	before := h.dump()
	for field, body := range map[string]object{
		"tags":    {"tags": many},
		"tags[1]": {"tags": []string{"boa", long}},
		"stage":   {"stage": long},
		"status":  {"status": long},
	} {
		h.refused(400, "Erro de validação: "+field+": no máximo 200 ", "PATCH", path, h.ours.operator, body)
		body["number"] = "+5511977770009"
		h.refused(400, "Erro de validação: "+field+": no máximo 200 ", "POST", "/api/contacts", h.ours.operator, body)
	}
	require.Equal(t, before, h.dump())
	h.done(200, "PATCH", path, h.ours.operator, object{"tags": many[:200], "stage": long[2:], "status": long[2:]})
}
