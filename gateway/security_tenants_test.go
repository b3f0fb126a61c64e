package gateway_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway/gatewaytest"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
)

// slot is one place of a request, beside its path, that takes an id: a parameter of the query, or a field of the body.
type slot struct {
	route, place string
	// kind is what the id is of; see belongings.of. "" is an id of another platform, which is nobody's here: it may be accepted,
	// and means nothing.
	kind string
	// body is a valid body of the caller's own, into which the id is put.
	body any
	// inside are further fields of the object that the id stands in.
	inside object
}

func (b belongings) of(kind string, h *house, who *tenant) string {
	if kind == "delivery" {
		return b.delivery(h, who)
	}
	return map[string]string{
		"contact": b.contact, "conversation": b.conversation, "channel": who.Channel.ID, "model": b.model, "rule": b.rule, "template": b.template,
		"assistant": b.assistant, "file": b.file, "message": b.message, "sent": b.parked, "tenant": who.ID, "config": b.config,
	}[kind]
}

// delivery makes one, of an event that the tenant is told.
func (b belongings) delivery(h *house, who *tenant) string {
	path := "/api/subscriptions/" + b.subscription
	found := h.Done(200, "GET", path+"/deliveries", who.Admin, nil).List()
	if len(found) == 0 {
		return h.Done(202, "POST", path+"/test", who.Admin, nil).Text("deliveryId")
	}
	return found[0].(object)["id"].(string)
}

// slots are all places that take ids. TestNoPlaceTakesAnIDOfAnotherTenant finds those that are missing here.
func slots(own belongings, channel chat.Channel) []slot {
	const number = "+5511977770001"
	model := object{"name": "X", "channelId": channel.ID, "messages": []object{{"text": "a", "offset": 1}}}
	rule := gatewaytest.NewRule(&tenant{Channel: channel}, object{"name": "Outra"})
	sent := object{"senderId": channel.ID, "to": number, "message": "a"}
	templated := object{"senderId": channel.ID, "to": number, "templateName": "lembrete", "variables": []string{"Ana", "hoje"}}
	begun := object{"channelId": channel.ID, "to": number, "message": "a"}
	config := gatewaytest.NewConfig(own.assistant, channel, nil)
	scheduled := object{"ruleId": own.rule, "conversationId": own.conversation, "scheduledFor": "2026-08-01T10:00:00Z"}
	image, header := object{"type": "document"}, object{"type": "document"}
	buttons := object{"body": "a", "buttons": []object{{"id": "a", "title": "a"}}}
	all := []slot{
		{"POST /typebot/commands", "channelId", "channel", object{"number": number, "text": `#{"followupId":"0"}`}, nil},
		{"POST /typebot/commands", "contactId", "contact", object{"text": `#{"followupId":"0"}`}, nil},
		{"POST /typebot/commands", "ticketId", "conversation", object{"text": `#{"followupId":"0"}`}, nil},
		{"POST /updatefollowup", "contactId", "contact", object{"followup": 0}, nil},
		{"POST /updatefollowup", "ticketId", "conversation", object{"followup": 0}, nil},
		{"POST /updatefollowup", "followup", "model", object{"number": number}, nil},
		{"POST /api/followup-models/{id}/contacts", "[].contactId", "contact", nil, nil},
		{"POST /api/followup-models/{id}/contacts", "[].ticketId", "conversation", nil, nil},
		{"POST /api/followup-models/{id}/contacts", "contacts[].contactId", "contact", object{}, nil},
		{"POST /api/followup-models/{id}/contacts", "contacts[].ticketId", "conversation", object{}, nil},
		{"POST /api/events", "contactId", "contact", object{"event": "x"}, nil},
		{"POST /api/events", "conversationId", "conversation", object{"event": "x"}, nil},
		{"POST /typebot/lint", "channelId", "channel", object{"export": object{"name": "a", "groups": []object{{"id": "g", "title": "g", "blocks": []object{}}}}}, nil},
		{"POST /api/followup-models", "channelId", "channel", model, nil},
		{"POST /api/followup-models", "messages[].attachment.mediaId", "file", model, image},
		{"PUT /api/followup-models/{id}", "channelId", "channel", object{}, nil},
		{"PUT /api/followup-models/{id}", "messages[].attachment.mediaId", "file", model, image},
		{"POST /api/followup-models/{id}/messages", "attachment.mediaId", "file", object{"text": "a", "offset": 900}, image},
		{"PUT /api/followup-models/{id}/messages/{messageId}", "attachment.mediaId", "file", object{}, image},
		{"GET /api/followups/rules", "?instanceId", "channel", nil, nil},
		{"POST /api/followups/rules", "instanceId", "channel", rule, nil},
		{"POST /api/followups/rules", "attachment.mediaId", "file", rule, image},
		{"PUT /api/followups/rules/{id}", "instanceId", "channel", object{}, nil},
		{"PUT /api/followups/rules/{id}", "attachment.mediaId", "file", object{}, image},
		{"POST /api/followups/rules/{id}/send-test", "channelId", "channel", object{"number": number}, nil},
		{"POST /backend/followup/configs", "assistant_id", "assistant", config, nil},
		{"POST /backend/followup/configs", "official_steps[].channel_id", "channel", config, nil},
		{"PUT /backend/followup/configs/{id}", "assistant_id", "assistant", object{}, nil},
		{"PUT /backend/followup/configs/{id}", "official_steps[].channel_id", "channel", config, nil},
		{"GET /api/followups/pending", "?conversationId", "conversation", nil, nil},
		{"GET /api/followups/pending", "?ruleId", "model", nil, nil},
		{"GET /api/followups/pending", "?contactId", "contact", nil, nil},
		{"GET /api/followups/leads-in-automation", "?ruleId", "model", nil, nil},
		{"POST /api/followups/pending-by-conversations", "conversationIds[]", "conversation", object{}, nil},
		{"GET /api/followups/history", "?conversationId", "conversation", nil, nil},
		{"GET /api/followups/history", "?ruleId", "model", nil, nil},
		{"GET /api/followups/history", "?contactId", "contact", nil, nil},
		{"POST /api/followups/schedule", "ruleId", "rule", scheduled, nil},
		{"POST /api/followups/schedule", "conversationId", "conversation", scheduled, nil},
		{"POST /api/followups/schedule", "contactId", "contact", scheduled, nil},
		{"POST /api/actions/send-template", "senderId", "channel", templated, nil},
		{"POST /api/actions/send-template", "templateId", "template", without(templated, "templateName"), nil},
		{"POST /api/actions/send-message", "senderId", "channel", sent, nil},
		{"POST /api/actions/send-message", "attachment.mediaId", "file", without(sent, "message"), image},
		{"POST /api/actions/send-message", "interactive.header.mediaId", "file", object{"senderId": channel.ID, "to": number, "interactive": buttons}, header},
		{"POST /api/actions/send-message", "reaction.messageId", "sent", without(sent, "message"), object{"emoji": "👍"}},
		{"POST /api/contacts/{id}/merge", "contactId", "contact", object{}, nil},
		{"GET /api/conversations", "?contactId", "contact", nil, nil},
		{"GET /api/messages", "?contactId", "contact", nil, nil},
		{"GET /api/conversations", "?channelId", "channel", nil, nil},
		{"POST /api/conversations/start", "channelId", "channel", begun, nil},
		{"POST /api/conversations/start", "contactId", "contact", without(begun, "to"), nil},
		{"POST /api/conversations/start", "template.id", "template", filled(without(begun, "message"), "variables", []string{"Ana", "hoje"}, nil), nil},
		{"POST /api/conversations/{id}/messages", "template.id", "template", object{"variables": []string{"Ana", "hoje"}}, nil},
		{"POST /api/conversations/{id}/messages", "attachment.mediaId", "file", object{}, image},
		{"POST /api/conversations/{id}/messages", "interactive.header.mediaId", "file", object{"interactive": buttons}, header},
		{"POST /api/conversations/{id}/messages", "reaction.messageId", "sent", object{}, object{"emoji": "👍"}},
		{"GET /api/templates", "?channelId", "channel", nil, nil},
		{"POST /api/actions/generate-reply", "assistantId", "assistant", object{"customerId": "x", "message": "a"}, nil},
		{"POST /api/subscriptions/{id}/replay", "deliveryId", "delivery", object{}, nil},
		// The last: whoever is on them is sent nothing any more.
		{"POST /api/contacts/opt-outs", "[].contactId", "contact", nil, nil},
		{"POST /api/contacts/opt-outs", "[].ticketId", "conversation", nil, nil},
		{"POST /api/contacts/opt-outs", "contacts[].contactId", "contact", object{}, nil},
		{"POST /api/contacts/opt-outs", "contacts[].ticketId", "conversation", object{}, nil},
	}
	// Whose id it is of is not asked, because it is given by the caller or is another platform's.
	for route, places := range map[string][]string{
		"POST /typebot/commands":                             {"eventId", "sessionId", "messages[].id", "externalId"},
		"POST /updatefollowup":                               {"externalId"},
		"POST /api/followup-models/{id}/contacts":            {"[].externalId", "contacts[].externalId"},
		"POST /api/contacts/opt-outs":                        {"[].externalId", "contacts[].externalId"},
		"POST /api/events":                                   {"eventId"},
		"POST /api/followup-models":                          {"messages[].id"},
		"PUT /api/followup-models/{id}":                      {"messages[].id"},
		"POST /api/followup-models/{id}/messages":            {"id"},
		"PUT /api/followup-models/{id}/messages/{messageId}": {"id"},
		"PUT /api/followup-models/{id}/messages/order":       {"order"}, // all of the model's own
		"POST /backend/followup/configs":                     {"id", "tenant_id", "official_steps[].app_id", "trigger_status_ids"},
		"PUT /backend/followup/configs/{id}":                 {"id", "tenant_id", "official_steps[].app_id", "trigger_status_ids"},
		"POST /api/actions/send-message":                     {"interactive.buttons[].id", "interactive.list.sections[].rows[].id", "interactive.flow.id", "contacts[].phones[].waId"},
		"POST /api/conversations/{id}/messages":              {"interactive.buttons[].id", "interactive.list.sections[].rows[].id", "interactive.flow.id", "contacts[].phones[].waId"},
		"GET /api/contacts":                                  {"?externalId", "?bsuid", "?parentBsuid", "?lid"},
		"POST /api/contacts":                                 {"externalId", "externalIds", "bsuid"},
		"PATCH /api/contacts/{id}":                           {"externalId", "externalIds"},
		"POST /api/conversations/start":                      {"teamId"},
		"POST /api/actions/generate-reply":                   {"customerId"},
		// Only what a restore holds has these, and nothing was restored here: see the test of the review in followups.
		"POST /api/followups/review/release": {"ids"},
		"POST /api/followups/review/cancel":  {"ids"},
	} {
		for _, place := range places {
			all = append(all, slot{route: route, place: place})
		}
	}
	return all
}

func without(body object, name string) object {
	rest := maps.Clone(body)
	delete(rest, name)
	return rest
}

var namesAnID = regexp.MustCompile(`(?i)(^|[a-z_])(id|ids)$|[a-z]uid$|(^|\.)lid$|^order$`)

// placesOf are all places of a route, as its entry in the contract has them, whose name is an id's.
func placesOf(document *huma.OpenAPI, op *huma.Operation) []string {
	found := map[string]bool{}
	for _, parameter := range op.Parameters {
		if parameter.In == "query" && namesAnID.MatchString(parameter.Name) {
			found["?"+parameter.Name] = true
		}
	}
	var walk func(place string, schema *huma.Schema, depth int)
	walk = func(place string, schema *huma.Schema, depth int) {
		for schema != nil && schema.Ref != "" {
			schema = document.Components.Schemas.SchemaFromRef(schema.Ref)
		}
		if schema == nil || depth > 12 {
			return
		}
		for _, one := range slices.Concat(schema.OneOf, schema.AnyOf, schema.AllOf) {
			walk(place, one, depth+1)
		}
		if schema.Items != nil {
			walk(place+"[]", schema.Items, depth+1)
		}
		for name, property := range schema.Properties {
			inner := strings.TrimPrefix(place+"."+name, ".")
			if namesAnID.MatchString(name) {
				found[inner] = true
			} else {
				walk(inner, property, depth+1)
			}
		}
	}
	if op.RequestBody != nil {
		if content := op.RequestBody.Content["application/json"]; content != nil {
			walk("", content.Schema, 0)
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// filled gives a body with a value at a place; what is missing on the way is made.
func filled(body any, place string, value any, inside object) any {
	step, rest, _ := strings.Cut(place, ".")
	switch name, isList := strings.CutSuffix(step, "[]"); {
	case place == "":
		return value
	case isList && name == "":
		return []any{filled(nil, rest, value, inside)}
	case isList:
		made := cloned(body)
		var first any
		if list, has := made[name].([]object); has && len(list) > 0 {
			first = list[0]
		} else if list, has := made[name].([]any); has && len(list) > 0 {
			first = list[0]
		}
		made[name] = []any{filled(first, rest, value, inside)}
		return made
	case rest == "":
		made := cloned(body)
		maps.Copy(made, inside)
		made[name] = value
		return made
	default:
		made := cloned(body)
		made[name] = filled(made[name], rest, value, inside)
		return made
	}
}

func cloned(body any) object {
	made, _ := body.(object)
	if made == nil {
		return object{}
	}
	return maps.Clone(made)
}

// ask makes the request with this id in the slot.
func (h *house) ask(s slot, own belongings, id string) answer {
	method, template, _ := strings.Cut(s.route, " ")
	path := own.pathOf(web.Route{Path: template}, h.Ours.Channel)
	if name, isQuery := strings.CutPrefix(s.place, "?"); isQuery {
		return h.Call(method, path+"?"+name+"="+id, h.Ours.Admin, nil)
	}
	return h.Call(method, path, h.Ours.Admin, filled(s.body, s.place, id, s.inside))
}

// comparable is an answer without what differs from request to request.
func (a asked) comparable() string {
	text := strings.ReplaceAll(a.Raw, a.id, "ID")
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17}|"\w*[nN]umber":\d+`).ReplaceAllString(text, "*")
}

type asked struct {
	answer
	id string
}

// Every place of every route that takes an id, wherever it stands: an id of another tenant is an id that nobody has. Both are
// answered alike, nothing of the other tenant's is changed, and nothing of the caller's comes to point at it. The caller's own id is
// answered otherwise, so it is the id that was judged.
func TestNoPlaceTakesAnIDOfAnotherTenant(t *testing.T) {
	h := newHouse(t)
	own, theirs := h.furnish(h.Ours), h.furnish(h.Theirs)
	h.knownPlaces(slots(own, h.Ours.Channel))
	foreignRows := func() []string { return rowsWith(h.Dump(), theirs.marks(h)) }
	theirs.delivery(h, h.Theirs)
	own.delivery(h, h.Ours)
	before := foreignRows()
	for _, s := range slots(own, h.Ours.Channel) {
		if s.kind == "" {
			continue
		}
		name := s.route + " " + s.place
		if strings.HasSuffix(s.route, "/history") {
			h.SettleFollowUp(desk.Ref{TenantID: h.Ours.ID, ContactID: own.contact}, own.followUp, func(f *flows.FollowUp) { f.State = flows.FollowUpCancelled })
		}
		id := theirs.of(s.kind, h, h.Theirs)
		strange := chat.NewID()
		foreign, unknown := asked{h.ask(s, own, id), id}, asked{h.ask(s, own, strange), strange}
		require.Equal(t, unknown.Status, foreign.Status, "%s: %s", name, foreign.Raw)
		require.Equal(t, unknown.comparable(), foreign.comparable(), name)
		require.Contains(t, []int{200, 400, 404, 422}, foreign.Status, "%s: %s", name, foreign.Raw)
		require.Empty(t, difference(before, foreignRows()), name)
		before = foreignRows()
		mine := own.of(s.kind, h, h.Ours)
		found := asked{h.ask(s, own, mine), mine}
		require.NotEqual(t, foreign.comparable(), found.comparable(), "%s: one's own id is answered like a stranger's: was the id looked at at all?", name)
	}
}

// marks are the ids by which the other tenant's rows are known.
func (b belongings) marks(h *house) []string {
	return []string{h.Theirs.ID, h.Theirs.Channel.ID, b.model, b.message, b.rule, b.flow, b.assistant, b.config, b.contact, b.conversation, b.parked, b.template, b.key, b.followUp, b.subscription, b.file}
}

func rowsWith(dump map[string][]string, marks []string) []string {
	var found []string
	for _, table := range slices.Sorted(maps.Keys(dump)) {
		for _, row := range dump[table] {
			if slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(row, mark) }) {
				found = append(found, table+": "+row)
			}
		}
	}
	return found
}

// difference is what is in one of two lists only.
func difference(before, after []string) []string {
	var found []string
	for _, row := range before {
		if !slices.Contains(after, row) {
			found = append(found, "- "+row[:min(len(row), 300)])
		}
	}
	for _, row := range after {
		if !slices.Contains(before, row) {
			found = append(found, "+ "+row[:min(len(row), 300)])
		}
	}
	return found
}

// knownPlaces demands that the list of slots is complete.
func (h *house) knownPlaces(all []slot) {
	h.T.Helper()
	document := h.G.OpenAPI()
	known := map[string]bool{}
	for _, s := range all {
		known[s.route+" "+s.place] = true
	}
	for _, route := range h.G.Routes() {
		if route.Hidden || route.Access.Kind != web.AccessKey {
			continue
		}
		item := document.Paths[route.Path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil || op.Method != route.Method {
				continue
			}
			for _, place := range placesOf(document, op) {
				name := route.Method + " " + route.Path + " " + place
				require.True(h.T, known[name] || known[name+"[]"], "%s takes an id, and this test does not know of what: add it to slots", name)
			}
		}
	}
}

// The walk of TestNothingOfAnotherTenantIsSeenOrChanged proves something only if its paths lead to what is there.
func TestTheWalksPathsLeadToWhatIsThere(t *testing.T) {
	h := newHouse(t)
	theirs := h.furnish(h.Theirs)
	bodies := theirs.bodies(h.Theirs.Channel)
	var routes, removals []web.Route
	for _, route := range h.G.Routes() {
		switch {
		case route.Access.Kind != web.AccessKey || route.Access.Installer || !strings.Contains(route.Path, "{"):
		case route.Method == web.Remove && strings.HasPrefix(route.Path, "/api/senders/"): // a channel by another name
		case route.Method == web.Remove:
			removals = append(removals, route)
		default:
			routes = append(routes, route)
		}
	}
	// What is removed is removed last, and what is inside of it before it.
	slices.SortStableFunc(removals, func(a, b web.Route) int { return len(b.Path) - len(a.Path) })
	routes = append(routes, removals...)
	for _, route := range routes {
		path := theirs.pathOf(route, h.Theirs.Channel)
		if strings.HasSuffix(path, "session-status") {
			path += "?to=%2B5511977770001"
		}
		found := h.Call(route.Method, path, h.Theirs.Admin, bodies[route.Method+" "+route.Path])
		require.NotEqual(t, 404, found.Status, "%s %s: %s", route.Method, route.Path, found.Raw)
	}
}
