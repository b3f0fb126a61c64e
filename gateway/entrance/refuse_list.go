package entrance

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

// refusalChunk is how many refusals are committed at once.
const refusalChunk = 100

// refusalReason is the contact's field that says why somebody refuses, as the list gave it.
const refusalReason = "optOutReason"

// refusalRow is one line of a list of people who must not be written to.
type refusalRow struct {
	people.Who
	Name   string `json:"name,omitempty"`
	Scope  string `json:"scope,omitempty" enum:"marketing,all" doc:"all se não for dado"`
	Reason string `json:"reason,omitempty" maxLength:"200" doc:"fica no campo optOutReason do contato"`
	Date   string `json:"date,omitempty" doc:"desde quando: 2026-07-10, 10/07/2026 ou com hora (RFC 3339); agora se não for dado"`
}

type refusalResult struct {
	// Row counts from 1, without a CSV's heading.
	Row       int    `json:"row"`
	Status    string `json:"status" enum:"noted,unchanged,rejected" doc:"unchanged: já não queria, no mesmo alcance ou em um maior"`
	ContactID string `json:"contactId,omitempty"`
	Reason    string `json:"reason,omitempty" doc:"por que a linha não foi usada"`
}

type refusalsResult struct {
	Noted     int             `json:"noted"`
	Unchanged int             `json:"unchanged"`
	Rejected  int             `json:"rejected"`
	Rows      []refusalResult `json:"rows"`
}

// refuseList notes that a list of people wants no messages: JSON or CSV, at most 10,000, with a result for every row. Whoever
// is not known becomes a contact, so that nothing goes there later. A row that cannot be used costs the others nothing, and a
// list that is sent again changes nothing.
func (h *Handlers) refuseList(c *fiber.Ctx) error {
	rows, err := readRows(c.Get(fiber.HeaderContentType), c.BodyRaw(), refusalOfTable)
	if err != nil {
		return err
	}
	result, err := h.refuseRows(c.UserContext(), rows)
	if err != nil {
		return err
	}
	return web.AsJSON(c, http.StatusOK, web.Success[refusalsResult]{Success: true, Data: result})
}

// refusalOfTable reads the columns that a list of contacts does not know.
func refusalOfTable(table contactRow) refusalRow {
	row := refusalRow{Who: table.Who, Name: table.Name}
	for heading, value := range table.Vars {
		text, _ := value.(string)
		switch strings.ToLower(heading) {
		case "scope", "alcance", "escopo":
			row.Scope = text
		case "reason", "motivo":
			row.Reason = text
		case "date", "data":
			row.Date = text
		}
	}
	return row
}

// refusing is a row that can be used.
type refusing struct {
	place  int
	who    people.Person
	scope  chat.OptOut
	reason string
	at     time.Time
	// noted tells that it changed something.
	noted bool
}

func (h *Handlers) refuseRows(ctx context.Context, rows []refusalRow) (refusalsResult, error) {
	result := refusalsResult{Rows: make([]refusalResult, len(rows))}
	region, err := h.regionOfTenant(ctx)
	if err != nil {
		return result, err
	}
	var usable []*refusing
	for i, row := range rows {
		result.Rows[i] = refusalResult{Row: i + 1, Status: "rejected"}
		one, err := h.readRefusal(ctx, row, region)
		if err != nil {
			if fault.Of(err).Code.Status() >= http.StatusInternalServerError {
				return result, err
			}
			result.Rows[i].Reason = web.FailureOf(err).Text
			continue
		}
		one.place = i
		usable = append(usable, one)
	}
	for from := 0; from < len(usable); from += refusalChunk {
		chunk := usable[from:min(from+refusalChunk, len(usable))]
		err := h.noteRefusals(ctx, chunk, result.Rows)
		if err != nil && from == 0 {
			return result, err
		}
		for _, one := range chunk {
			if err != nil {
				result.Rows[one.place].Reason = web.FailureOf(err).Text
			}
		}
	}
	for _, row := range result.Rows {
		switch row.Status {
		case "noted":
			result.Noted++
		case "unchanged":
			result.Unchanged++
		default:
			result.Rejected++
		}
	}
	return result, nil
}

// noteRefusals finds or makes the contacts of some rows, and notes their refusals in one commit.
func (h *Handlers) noteRefusals(ctx context.Context, chunk []*refusing, rows []refusalResult) error {
	tenantID := web.TenantOf(ctx)
	arrivals := make([]desk.Arrival, len(chunk))
	for i, one := range chunk {
		arrivals[i] = one.who.Arrival(tenantID, "", chat.Event{})
		arrivals[i].OnlyPerson = true
	}
	written, err := h.Receive(ctx, desk.Intake{Arrivals: arrivals})
	if err != nil {
		return err
	}
	wanted := make([]desk.Carriage, len(chunk))
	for i, one := range chunk {
		wanted[i] = desk.Carriage{ContactID: written.Accepted[i].ContactID, Deeds: []desk.Deed{one.deed(h.Now())}}
	}
	carried, err := h.Store.CarryAll(ctx, tenantID, wanted)
	if err != nil {
		return err
	}
	for i, one := range chunk {
		rows[one.place].ContactID, rows[one.place].Status = carried[i].Contact.ID, "unchanged"
		if one.noted {
			rows[one.place].Status = "noted"
		}
		if carried[i].Wake {
			h.Waker.Contact(desk.Ref{TenantID: tenantID, ContactID: carried[i].Contact.ID})
		}
	}
	return nil
}

// deed is people.RefusalDeed for a list: what the contact refuses already is no news, and keeps its date.
func (r *refusing) deed(now time.Time) desk.Deed {
	return desk.Deed{Do: func(c *chat.Contact) []chat.Event {
		if r.noted = c.OptOut.And(r.scope) != c.OptOut; !r.noted {
			return nil
		}
		fresh := c.OptOut == chat.OptOutNone
		facts := people.RefusalDeed(r.scope, now).Do(c)
		if fresh && !r.at.IsZero() {
			c.OptOutAt = r.at
		}
		if r.reason != "" {
			fields := map[string]string{refusalReason: r.reason}
			for name, value := range c.Fields {
				if name != refusalReason {
					fields[name] = value
				}
			}
			c.Fields = fields
		}
		return facts
	}}
}

func (h *Handlers) readRefusal(ctx context.Context, row refusalRow, region string) (*refusing, error) {
	one := &refusing{scope: chat.OptOutAll, reason: strings.TrimSpace(row.Reason)}
	switch chat.OptOut(strings.ToLower(strings.TrimSpace(row.Scope))) {
	case "", chat.OptOutAll:
	case chat.OptOutMarketing:
		one.scope = chat.OptOutMarketing
	default:
		return nil, fault.Field("scope", "use marketing ou all")
	}
	if utf8.RuneCountInString(one.reason) > people.MaxContactText {
		return nil, fault.Field("reason", "no máximo %d caracteres", people.MaxContactText)
	}
	var err error
	if one.at, err = h.refusalDate(row.Date); err != nil {
		return nil, err
	}
	if one.who, err = h.Find(ctx, web.TenantOf(ctx), row.Who, region); err != nil {
		return nil, err
	}
	one.who.Name = strings.TrimSpace(row.Name)
	return one, nil
}

// refusalDate reads a day or a moment; a day is taken as of noon UTC, so that it is the same day in the Americas.
func (h *Handlers) refusalDate(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, "02/01/2006", time.RFC3339} {
		at, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if layout != time.RFC3339 {
			at = at.Add(12 * time.Hour)
		}
		if at.After(h.Now().Add(24 * time.Hour)) {
			return time.Time{}, fault.Field("date", "está no futuro")
		}
		if at.After(h.Now()) {
			at = h.Now()
		}
		return at.UTC(), nil
	}
	return time.Time{}, fault.Field("date", "use 2026-07-10, 10/07/2026 ou uma hora RFC 3339")
}

// regionOfTenant is the country in which all numbers of the tenant are: national numbers are read as of there.
func (h *Handlers) regionOfTenant(ctx context.Context) (string, error) {
	channels, err := h.Store.Channels(ctx, web.TenantOf(ctx))
	region := ""
	for i, channel := range channels {
		own := people.RegionOf(channel)
		if i > 0 && own != region {
			return "", err
		}
		region = own
	}
	return region, err
}

func describeRefuseList(op *huma.Operation, schemas huma.Registry) {
	row := schemas.Schema(reflect.TypeFor[refusalRow](), true, "RefusalRow")
	op.Description += " Até 10.000 linhas; quem não existe passa a existir. CSV com cabeçalho: number (ou telefone), contactId, externalId, name (ou nome), scope (ou alcance), reason (ou motivo), date (ou data); outras colunas são ignoradas. Números nacionais são lidos como do país dos canais, se todos são de um só. Repetir a lista não muda nada."
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		fiber.MIMEApplicationJSON: {Schema: &huma.Schema{AnyOf: []*huma.Schema{
			{Type: huma.TypeArray, Items: row, MaxItems: web.Pointer(maxRows)},
			{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"contacts": {Type: huma.TypeArray, Items: row}}},
		}}},
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
	web.Answers(op, "200", schemas.Schema(reflect.TypeFor[web.Success[refusalsResult]](), true, "SuccessRefusalsResult"))
}
