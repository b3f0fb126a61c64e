package entrance

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/fault"
)

// columnOf knows the headings that mean something, in the spellings of spreadsheets; every other one is a variable.
func columnOf(heading string) string {
	switch strings.ToLower(strings.TrimSpace(heading)) {
	case "number", "numero", "número", "telefone", "phone", "celular", "whatsapp":
		return "number"
	case "contactid", "contact_id":
		return "contactId"
	case "ticketid", "ticket_id":
		return "ticketId"
	case "externalid", "external_id":
		return "externalId"
	case "name", "nome":
		return "name"
	}
	return ""
}

// readCSV reads a table with a heading; the separator is told by the heading (comma, semicolon or tab).
func readCSV(body []byte) ([]contactRow, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(body) {
		return nil, fault.Field("body", "o CSV não está em UTF-8: salve-o como CSV UTF-8")
	}
	reader := csv.NewReader(bytes.NewReader(body))
	reader.Comma, reader.FieldsPerRecord, reader.TrimLeadingSpace = separator(body), -1, true
	heading, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, csvMistake(err)
	}
	var rows []contactRow
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, csvMistake(err)
		}
		if len(rows) > maxRows {
			return rows, nil
		}
		rows = append(rows, readRow(heading, cells))
	}
}

func csvMistake(err error) error {
	var where *csv.ParseError
	if errors.As(err, &where) {
		return fault.Field("body", "CSV inválido na linha %d", where.Line)
	}
	return fault.Field("body", "CSV inválido")
}

func separator(body []byte) rune {
	line, _, _ := bytes.Cut(body, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, candidate := range []rune{';', '\t'} {
		if count := bytes.Count(line, []byte(string(candidate))); count > most {
			best, most = candidate, count
		}
	}
	return best
}

func readRow(heading, cells []string) contactRow {
	var row contactRow
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		if cell == "" || i >= len(heading) {
			continue
		}
		switch columnOf(heading[i]) {
		case "number":
			row.Number = people.PhoneText(cell)
		case "contactId":
			row.ContactID = web.RefOf(cell)
		case "ticketId":
			row.TicketID = web.RefOf(cell)
		case "externalId":
			row.ExternalID = people.CustomerText(cell)
		case "name":
			row.Name = cell
		default:
			if row.Vars == nil {
				row.Vars = map[string]any{}
			}
			row.Vars[variableName(heading[i], i)] = cell
		}
	}
	return row
}

func variableName(heading string, i int) string {
	if name := strings.TrimSpace(heading); name != "" {
		return name
	}
	return fmt.Sprintf("coluna%d", i+1)
}
