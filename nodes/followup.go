package nodes

import (
	"time"

	"retoma/flows"
	"retoma/internal/expr"
)

// FollowUp is one scheduled send: a row of the queue, the history and the statistics.
//
//	{"at": "10:00", "offsetMinutes": 10, "text": "...", "attachment": {"url": "...", "fileName": "..."},
//	 "template": {"name": "..."}, "if": "..."}
//
// Without at it is due offsetMinutes (or after, an ISO 8601 interval) after the real send time of the follow-up before, or
// the end of a wait that came later; the first one after the run's start. With at it is due at the next such clock time, plus offsetMinutes on the wall clock.
// At least one of text, attachment and template is needed. A template beside a text or attachment is sent instead of them
// when the window is closed. The condition is checked when the follow-up is planned and when it is due.
type FollowUp struct{}

type followUpParams struct {
	At            string            `json:"at"`
	OffsetMinutes *int              `json:"offsetMinutes"`
	After         string            `json:"after"`
	Text          string            `json:"text"`
	Attachment    *attachmentParams `json:"attachment"`
	Template      *templateParams   `json:"template"`
	If            string            `json:"if"`
}

type attachmentParams struct {
	URL      string `json:"url"`
	FileName string `json:"fileName"`
	Type     string `json:"type"`
}

// Type is the name that authors write.
func (FollowUp) Type() string { return "followup" }

// Compile reads the parameters.
func (FollowUp) Compile(_ flows.NodeDefinition, c *flows.Compiler) flows.Node {
	c.Exit(flows.Next)
	var params followUpParams
	if !c.Decode(&params) {
		c.Waits()
		return nil
	}
	timing := params.timing(c)
	if timing.At != nil || timing.Offset > 0 {
		c.Waits()
	}
	compiled := followUp{timing: timing, condition: c.Condition("if", params.If)}
	if params.Text == "" && params.Attachment == nil && params.Template == nil {
		c.Required("text")
	}
	compiled.content = compileContent(c, params.Text, params.media(), "attachment", "url")
	if params.Template != nil {
		compiled.template = compileTemplate(c, *params.Template, "template.name", "template.variables")
	}
	c.Action("", compiled.action(), "", nil)
	return compiled
}

func (p followUpParams) timing(c *flows.Compiler) flows.Timing {
	timing := flows.Timing{At: clock(c, "at", p.At)}
	switch {
	case p.After != "" && (p.OffsetMinutes != nil || p.At != ""):
		c.Problem("after", "use after sozinho, ou at com offsetMinutes")
	case p.After != "":
		timing.Offset = interval(c, "after", p.After)
	case p.OffsetMinutes == nil && p.At == "":
		c.Required("offsetMinutes")
	case p.OffsetMinutes == nil:
	case *p.OffsetMinutes < 0 || *p.OffsetMinutes > maxMinutes:
		c.Problem("offsetMinutes", "de 0 a %d minutos", maxMinutes)
	default:
		timing.Offset = time.Duration(*p.OffsetMinutes) * time.Minute
	}
	return timing
}

func (p followUpParams) media() *mediaParams {
	if p.Attachment == nil {
		return nil
	}
	return &mediaParams{Link: p.Attachment.URL, FileName: p.Attachment.FileName, Type: p.Attachment.Type}
}

type followUp struct {
	timing    flows.Timing
	condition *expr.Condition
	content   *content
	template  *template
}

// action is a message as long as there is one to write freely; a template alone is asked for as such.
func (f followUp) action() string {
	if f.content.empty() && f.template != nil {
		return flows.SendTemplate
	}
	return flows.SendMessage
}

func (f followUp) Run(s *flows.Step) (flows.Exit, error) {
	if s.Arrived() {
		return s.Plan(f.timing, f.condition), nil
	}
	if !s.Due() {
		return flows.Stay, nil
	}
	if exit, ready := s.Ready(f.timing, f.condition); !ready {
		return exit, nil
	}
	params, err := renderSend(s, f.content, f.template)
	if err != nil {
		return s.Fail(err), nil
	}
	return s.Send(f.action(), params), nil
}
