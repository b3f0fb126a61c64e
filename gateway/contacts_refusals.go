package gateway

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

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
	Who
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
func (g *Gateway) refuseList(c *fiber.Ctx) error {
	rows, err := readRows(c.Get(fiber.HeaderContentType), c.BodyRaw(), refusalOfTable)
	if err != nil {
		return err
	}
	result, err := g.refuseRows(c.UserContext(), rows)
	if err != nil {
		return err
	}
	return asJSON(c, http.StatusOK, Success[refusalsResult]{Success: true, Data: result})
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
	who    person
	scope  chat.OptOut
	reason string
	at     time.Time
	// noted tells that it changed something.
	noted bool
}

func (g *Gateway) refuseRows(ctx context.Context, rows []refusalRow) (refusalsResult, error) {
	result := refusalsResult{Rows: make([]refusalResult, len(rows))}
	region, err := g.regionOfTenant(ctx)
	if err != nil {
		return result, err
	}
	var usable []*refusing
	for i, row := range rows {
		result.Rows[i] = refusalResult{Row: i + 1, Status: "rejected"}
		one, err := g.readRefusal(ctx, row, region)
		if err != nil {
			if fault.Of(err).Code.Status() >= http.StatusInternalServerError {
				return result, err
			}
			result.Rows[i].Reason = failureOf(err).Text
			continue
		}
		one.place = i
		usable = append(usable, one)
	}
	for from := 0; from < len(usable); from += refusalChunk {
		chunk := usable[from:min(from+refusalChunk, len(usable))]
		err := g.noteRefusals(ctx, chunk, result.Rows)
		if err != nil && from == 0 {
			return result, err
		}
		for _, one := range chunk {
			if err != nil {
				result.Rows[one.place].Reason = failureOf(err).Text
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
func (g *Gateway) noteRefusals(ctx context.Context, chunk []*refusing, rows []refusalResult) error {
	tenantID := tenantOf(ctx)
	arrivals := make([]desk.Arrival, len(chunk))
	for i, one := range chunk {
		arrivals[i] = one.who.arrival(tenantID, "", chat.Event{})
		arrivals[i].OnlyPerson = true
	}
	written, err := g.receive(ctx, desk.Intake{Arrivals: arrivals})
	if err != nil {
		return err
	}
	wanted := make([]desk.Carriage, len(chunk))
	for i, one := range chunk {
		wanted[i] = desk.Carriage{ContactID: written.Accepted[i].ContactID, Deeds: []desk.Deed{one.deed(g.Now())}}
	}
	carried, err := g.Store.CarryAll(ctx, tenantID, wanted)
	if err != nil {
		return err
	}
	for i, one := range chunk {
		rows[one.place].ContactID, rows[one.place].Status = carried[i].Contact.ID, "unchanged"
		if one.noted {
			rows[one.place].Status = "noted"
		}
		if carried[i].Wake {
			g.Waker.Contact(desk.Ref{TenantID: tenantID, ContactID: carried[i].Contact.ID})
		}
	}
	return nil
}

// deed is refusalDeed for a list: what the contact refuses already is no news, and keeps its date.
func (r *refusing) deed(now time.Time) desk.Deed {
	return desk.Deed{Do: func(c *chat.Contact) []chat.Event {
		if r.noted = c.OptOut.And(r.scope) != c.OptOut; !r.noted {
			return nil
		}
		fresh := c.OptOut == chat.OptOutNone
		facts := refusalDeed(r.scope, now).Do(c)
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

func (g *Gateway) readRefusal(ctx context.Context, row refusalRow, region string) (*refusing, error) {
	one := &refusing{scope: chat.OptOutAll, reason: strings.TrimSpace(row.Reason)}
	switch chat.OptOut(strings.ToLower(strings.TrimSpace(row.Scope))) {
	case "", chat.OptOutAll:
	case chat.OptOutMarketing:
		one.scope = chat.OptOutMarketing
	default:
		return nil, fault.Field("scope", "use marketing ou all")
	}
	if utf8.RuneCountInString(one.reason) > maxContactText {
		return nil, fault.Field("reason", "no máximo %d caracteres", maxContactText)
	}
	var err error
	if one.at, err = g.refusalDate(row.Date); err != nil {
		return nil, err
	}
	if one.who, err = g.find(ctx, tenantOf(ctx), row.Who, region); err != nil {
		return nil, err
	}
	one.who.name = strings.TrimSpace(row.Name)
	return one, nil
}

// refusalDate reads a day or a moment; a day is taken as of noon UTC, so that it is the same day in the Americas.
func (g *Gateway) refusalDate(text string) (time.Time, error) {
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
		if at.After(g.Now().Add(24 * time.Hour)) {
			return time.Time{}, fault.Field("date", "está no futuro")
		}
		if at.After(g.Now()) {
			at = g.Now()
		}
		return at.UTC(), nil
	}
	return time.Time{}, fault.Field("date", "use 2026-07-10, 10/07/2026 ou uma hora RFC 3339")
}

// regionOfTenant is the country in which all numbers of the tenant are: national numbers are read as of there.
func (g *Gateway) regionOfTenant(ctx context.Context) (string, error) {
	channels, err := g.Store.Channels(ctx, tenantOf(ctx))
	region := ""
	for i, channel := range channels {
		if own := regionOf(channel); i > 0 && own != region {
			return "", err
		} else {
			region = own
		}
	}
	return region, err
}

func describeRefuseList(op *huma.Operation, schemas huma.Registry) {
	row := schemas.Schema(typeOf[refusalRow](), true, "RefusalRow")
	op.Description += " Até 10.000 linhas; quem não existe passa a existir. CSV com cabeçalho: number (ou telefone), contactId, externalId, name (ou nome), scope (ou alcance), reason (ou motivo), date (ou data); outras colunas são ignoradas. Números nacionais são lidos como do país dos canais, se todos são de um só. Repetir a lista não muda nada."
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		fiber.MIMEApplicationJSON: {Schema: &huma.Schema{AnyOf: []*huma.Schema{
			{Type: huma.TypeArray, Items: row, MaxItems: pointer(maxRows)},
			{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"contacts": {Type: huma.TypeArray, Items: row}}},
		}}},
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
	answers(op, "200", schemas.Schema(typeOf[Success[refusalsResult]](), true, "SuccessRefusalsResult"))
}
