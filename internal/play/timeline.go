package play

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
)

// This file writes the timeline: one line for each thing, in local time.

func (s *stage) clock(at time.Time) string { return at.In(s.script.zone).Format(shown) }

func (s *stage) show(sign, format string, args ...any) {
	s.out.line("%s  %s %s", s.clock(s.now), sign, fmt.Sprintf(format, args...))
}

// fact shows something that the script may expect.
func (s *stage) fact(kind, sign, text string) {
	s.facts = append(s.facts, fact{at: s.now, kind: kind, text: text})
	s.show(sign, "%s", text)
}

// entry shows a line of the run's log. How a run ended is shown by itself.
func (s *stage) entry(entry chat.LogEntry) {
	if entry.Check == "run" {
		return
	}
	text := entry.Check + ": " + entry.Verdict
	if entry.Reason != "" {
		text += " (" + entry.Reason + ")"
	}
	s.show("·", "%s", text)
}

// followUp shows what was decided about a follow-up.
func (s *stage) followUp(f flows.FollowUp) {
	for _, entry := range f.Log {
		if text := told(entry); text != "" {
			s.show("·", "%s: %s", f.NodeID, text)
		}
	}
	switch f.State {
	case flows.Pending:
		if f.MessageID == "" {
			s.show("◷", "%s às %s", f.NodeID, s.clock(f.DueAt))
		}
	case flows.FollowUpSent:
		s.show("✓", "%s enviado", f.NodeID)
	case flows.FollowUpFailed:
		s.fact("failed", "✗", f.ErrorCode)
		s.show("·", "%s: %s", f.NodeID, f.Log[len(f.Log)-1].Reason)
	case flows.FollowUpCancelled:
		s.fact("cancelled", "✗", f.CancelReason)
	case flows.Responded:
		s.fact("responded", "✗", f.CancelReason)
	}
}

// told is what is worth telling of an entry of a follow-up's decision log.
func told(entry chat.LogEntry) string {
	kept, _ := entry.Values["window"].(string)
	switch {
	case entry.Check == "plan":
		return kept
	case entry.Check == "outbound", entry.Verdict == "later", entry.Verdict == "undecided", entry.Check == "condition" && entry.Verdict == "drop":
		return strings.TrimSuffix(entry.Reason+"; "+kept, "; ")
	}
	return ""
}

func (s *stage) ended(run flows.Run) {
	text := string(run.State)
	if run.Reason != "" {
		text += ": " + run.Reason
	}
	s.fact("end", "■", text)
}

func showContent(content chat.Content) string {
	if content.Media == nil {
		return content.Text
	}
	return strings.TrimSpace(fmt.Sprintf("[%s %s] %s", content.Type, content.Media.Link, content.Text))
}

func showTemplate(template flows.TemplateWanted) string {
	text := fmt.Sprintf("[template %s %s]", template.Name, template.Language)
	for _, name := range slices.Sorted(maps.Keys(template.Variables.Named)) {
		text += " " + name + "=" + template.Variables.Named[name]
	}
	for i, value := range template.Variables.List {
		text += fmt.Sprintf(" %d=%s", i+1, value)
	}
	return text
}
