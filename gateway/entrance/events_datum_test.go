package entrance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Without what it is about, a contact's event would start every rule that names no tag or stage, for nothing.
func TestAContactsEventNamesWhatItIsAbout(t *testing.T) {
	h := newHouse(t)
	ref := h.CustomerWrote(h.Ours, "5511999999999")
	before := h.Dump()
	for event, name := range map[string]string{"stage.entered": "stage", "contact.stage_entered": "stage", "contact.tag_added": "tag", "contact.status_changed": "status"} {
		field := "Erro de validação: data." + name + ": "
		refused := func(what string, data any) {
			h.Refused(400, field+what, "POST", "/api/events", h.Ours.Operator, object{"event": event, "contactId": ref.ContactID, "data": data})
		}
		h.Refused(400, field+"Required", "POST", "/api/events", h.Ours.Operator, object{"event": event, "contactId": ref.ContactID})
		for _, empty := range []any{object{}, object{name: nil}, object{name: ""}, object{name: " \n"}, object{"outro": "x"}} {
			refused("Required", empty)
		}
		for _, strange := range []any{7, true, []any{"x"}, object{"name": "x"}} {
			refused("esperava um texto", object{name: strange})
		}
		refused("no máximo 200 caracteres", object{name: strings.Repeat("á", 201)})
	}
	require.Equal(t, before, h.Dump())

	long := strings.Repeat("á", 200)
	h.Done(202, "POST", "/api/events", h.Ours.Operator, object{"event": "contact.tag_added", "contactId": ref.ContactID, "data": object{"tag": "  " + long + " "}})
	h.Done(202, "POST", "/api/events", h.Ours.Operator, object{"event": "contact.status_changed", "contactId": ref.ContactID, "data": object{"status": "novo"}})
	found := h.Done(200, "GET", "/api/contacts/"+ref.ContactID, h.Ours.Viewer, nil).Data()
	require.Equal(t, []any{[]any{long}, "novo"}, []any{found["tags"], found["status"]})
	require.Equal(t, long, h.Mail(h.Ours, ref.ContactID)[0].Data["tag"], "flows read what the contact has")
}

func TestWhatAContactMayHold(t *testing.T) {
	h := newHouse(t)
	ref := h.CustomerWrote(h.Ours, "5511999999999")
	path := "/api/contacts/" + ref.ContactID
	many := make([]string, 201)
	for i := range many {
		many[i] = fmt.Sprint("etiqueta ", i)
	}
	long := strings.Repeat("á", 201)
	before := h.Dump()
	for field, body := range map[string]object{
		"tags":    {"tags": many},
		"tags[1]": {"tags": []string{"boa", long}},
		"stage":   {"stage": long},
		"status":  {"status": long},
	} {
		h.Refused(400, "Erro de validação: "+field+": no máximo 200 ", "PATCH", path, h.Ours.Operator, body)
		body["number"] = "+5511977770009"
		h.Refused(400, "Erro de validação: "+field+": no máximo 200 ", "POST", "/api/contacts", h.Ours.Operator, body)
	}
	require.Equal(t, before, h.Dump())
	h.Done(200, "PATCH", path, h.Ours.Operator, object{"tags": many[:200], "stage": long[2:], "status": long[2:]})
}
