package chat

import "strings"

// shown is the message as plain text, for lists, logs and an assistant's memory: what the customer reads, and below it what
// can be tapped.
func (i Interactive) shown() string {
	parts := []string{i.Body, i.Footer, i.options()}
	if i.Header != nil {
		parts = append([]string{i.Header.shown()}, parts...)
	}
	return paragraphs(parts...)
}

func (h Header) shown() string {
	switch {
	case h.Media == nil:
		return h.Text
	case h.Media.FileName != "":
		return "[" + h.Media.FileName + "]"
	case h.Type == "":
		return "[anexo]" // a file of ours, which is not yet asked what it is
	}
	return "[" + string(h.Type) + "]"
}

func (i Interactive) options() string {
	switch {
	case i.List != nil:
		return i.List.shown()
	case i.Link != nil:
		return "[" + i.Link.Title + "] " + i.Link.URL
	case i.Flow != nil:
		return "[" + i.Flow.Title + "]"
	case i.AskLocation:
		return "[Enviar localização]"
	}
	titles := make([]string, len(i.Buttons))
	for n, button := range i.Buttons {
		titles[n] = "[" + button.Title + "]"
	}
	return strings.Join(titles, " ")
}

func (m Menu) shown() string {
	parts := []string{"[" + m.Button + "]"}
	for _, section := range m.Sections {
		parts = append(parts, section.Title)
		for _, row := range section.Rows {
			line := "• " + row.Title
			if row.Description != "" {
				line += ": " + row.Description
			}
			parts = append(parts, line)
		}
	}
	return lines(parts...)
}

// lines joins what is not empty.
func lines(parts ...string) string { return joinFull("\n", parts) }

func paragraphs(parts ...string) string { return joinFull("\n\n", parts) }

func joinFull(between string, parts []string) string {
	var full []string
	for _, part := range parts {
		if strings.TrimSpace(part) != "" {
			full = append(full, strings.TrimSpace(part))
		}
	}
	return strings.Join(full, between)
}
