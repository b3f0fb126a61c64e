package entrance

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/flows"
	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/desk"
	"retoma/internal/fault"
)

const (
	// maxRows is how many contacts one call enrols at most.
	maxRows = 10_000
	// chunkRows is how many are committed at once.
	chunkRows = 500
)

// contactRow is one line of a list: a person, and values for the model's texts.
type contactRow struct {
	people.Who
	Name string         `json:"name,omitempty"`
	Vars map[string]any `json:"vars,omitempty"`
}

type rowResult struct {
	// Row counts from 1, without a CSV's heading.
	Row       int    `json:"row"`
	Status    string `json:"status" enum:"enrolled,refused"`
	ContactID string `json:"contactId,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

type listResult struct {
	Enrolled int         `json:"enrolled"`
	Refused  int         `json:"refused"`
	Rows     []rowResult `json:"rows"`
}

// enrolList puts a list of contacts into a model: JSON or CSV, at most 10,000, with a result for every row. A row that
// cannot be used costs the others nothing.
func (h *Handlers) enrolList(c *fiber.Ctx) error {
	ctx := c.UserContext()
	rows, err := readRows(c.Get(fiber.HeaderContentType), c.BodyRaw(), func(row contactRow) contactRow { return row })
	if err != nil {
		return err
	}
	model, err := web.PathRef(c.Params("id"), briefs.ModelMissing)
	if err != nil {
		return err
	}
	target, err := h.enrolTarget(ctx, web.TenantOf(ctx), modelChoice{name: model.String()})
	if err != nil {
		return err
	}
	result, err := h.enrolRows(ctx, target, rows)
	if err != nil {
		return err
	}
	return web.AsJSON(c, http.StatusOK, web.Success[listResult]{Success: true, Data: result})
}

// readRows reads a list of people, JSON or CSV; fromCSV gives a table's line its shape.
func readRows[R any](contentType string, body []byte, fromCSV func(contactRow) R) ([]R, error) {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		return nil, fiber.ErrUnsupportedMediaType
	}
	var rows []R
	switch kind {
	case "", fiber.MIMEApplicationJSON:
		rows, err = readJSONRows[R](body)
	case "text/csv":
		var table []contactRow
		table, err = readCSV(body)
		rows = web.Viewed(table, fromCSV)
	default:
		return nil, fault.New(fault.Unsupported, "envie application/json ou text/csv")
	}
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, fault.Field("body", "a lista está vazia")
	case len(rows) > maxRows:
		return nil, tooManyRows(len(rows))
	}
	return rows, nil
}

func tooManyRows(count int) error {
	return fault.Field("body", "no máximo %d contatos por chamada, vieram %d", maxRows, count)
}

// tooMany counts the rows before each of them is read in earnest, which takes a hundred times as long. What is no list at all is
// not its business.
func tooMany(body []byte) error {
	var rows []json.RawMessage
	if json.Unmarshal(body, &rows) != nil {
		var wrapped struct {
			Contacts []json.RawMessage `json:"contacts"`
		}
		if json.Unmarshal(body, &wrapped) == nil {
			rows = wrapped.Contacts
		}
	}
	if len(rows) > maxRows {
		return tooManyRows(len(rows))
	}
	return nil
}

// readJSONRows takes a list, or an object {"contacts": [...]}.
func readJSONRows[R any](body []byte) ([]R, error) {
	if web.TooDeep(body) {
		return nil, fault.Field("body", "JSON com níveis demais")
	}
	if err := tooMany(body); err != nil {
		return nil, err
	}
	var rows []R
	if err := flows.DecodeStrict("", body, &rows); err == nil {
		return rows, nil
	} else if trimmed := web.FirstByte(body); trimmed == '[' {
		return nil, err
	}
	var wrapped struct {
		Contacts []R `json:"contacts"`
	}
	err := flows.DecodeStrict("", body, &wrapped)
	return wrapped.Contacts, err
}

// enrolRows finds out who each row is about, then commits the usable ones in chunks.
func (h *Handlers) enrolRows(ctx context.Context, target enrolTarget, rows []contactRow) (listResult, error) {
	result := listResult{Rows: make([]rowResult, len(rows))}
	tenantID, region := target.model.TenantID, people.RegionOf(target.channel)
	var places []int
	var arrivals []desk.Arrival
	for i, row := range rows {
		result.Rows[i] = rowResult{Row: i + 1, Status: "refused"}
		who, err := h.Find(ctx, tenantID, row.Who, region)
		if err != nil {
			if fault.Of(err).Code.Status() >= http.StatusInternalServerError {
				return result, err
			}
			result.Rows[i].Reason = web.FailureOf(err).Text
			continue
		}
		who.Name = row.Name
		places = append(places, i)
		arrivals = append(arrivals, target.arrival(tenantID, who, "list", row.Vars, h.Now()))
	}
	for from := 0; from < len(arrivals); from += chunkRows {
		to := min(from+chunkRows, len(arrivals))
		written, err := h.Receive(ctx, desk.Intake{Arrivals: arrivals[from:to]})
		if err != nil && from == 0 {
			return result, err
		}
		for i, place := range places[from:to] {
			if err != nil {
				result.Rows[place].Reason = web.FailureOf(err).Text
				continue
			}
			result.Rows[place].Status, result.Rows[place].ContactID = "enrolled", written.Accepted[i].ContactID
			result.Enrolled++
		}
	}
	result.Refused = len(rows) - result.Enrolled
	return result, nil
}

func describeEnrolList(op *huma.Operation, schemas huma.Registry) {
	row := schemas.Schema(reflect.TypeFor[contactRow](), true, "ContactRow")
	op.Description += " Até 10.000 linhas. CSV com cabeçalho: number (ou telefone), contactId, ticketId, name (ou nome); as outras colunas viram vars."
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		fiber.MIMEApplicationJSON: {Schema: &huma.Schema{AnyOf: []*huma.Schema{
			{Type: huma.TypeArray, Items: row, MaxItems: web.Pointer(maxRows)},
			{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"contacts": {Type: huma.TypeArray, Items: row}}},
		}}},
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
	web.Answers(op, "200", schemas.Schema(reflect.TypeFor[web.Success[listResult]](), true, "SuccessListResult"))
}
