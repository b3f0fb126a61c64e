package nodes

import (
	"maps"
	"slices"
	"time"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/expr"
	"retoma/internal/fault"
)

// FollowUp is one scheduled send: a row of the queue, the history and the statistics.
//
//	{"at": "10:00", "offsetMinutes": 10, "text": "...", "attachment": {"url" or "mediaId": "...", "fileName": "...", "type": "image"},
//	 "template": {"name": "..."}, "if": "..."}
//	{"after": "PT2H", "prompt": "...", "assistant": "<id>", "fallback": "...", "keepInWindow": true,
//	 "channelTemplates": {"<channel id>": {"name": "..."}}, "preferTemplate": true}
//
// Without at it is due offsetMinutes (or after, an ISO 8601 interval) after the real send time of the follow-up before, or
// the end of a wait that came later; the first one after the run's start. With at it is due at the next such clock time, plus offsetMinutes on the wall clock.
// At least one of text, attachment, interactive, location, contacts (those of SendMessage), prompt and a template is needed. With a prompt the assistant writes the text when it is
// due; fallback is sent if nothing usable could be written. A template beside other content is sent instead of it when the
// window is closed, and with preferTemplate always on channels that have a window; channelTemplates name the template for
// single channels. With keepInWindow a due time up to two hours after the window's end is moved inside it.
// The condition is checked when the follow-up is planned and when it is due.
type FollowUp struct{}

type followUpParams struct {
	At            string             `json:"at"`
	OffsetMinutes *int               `json:"offsetMinutes"`
	After         string             `json:"after"`
	Text          string             `json:"text"`
	Attachment    *attachmentParams  `json:"attachment"`
	Template      *templateParams    `json:"template"`
	Interactive   *interactiveParams `json:"interactive"`
	Location      *placeParams       `json:"location"`
	Contacts      []chat.Card        `json:"contacts"`
	If            string             `json:"if"`
	KeepInWindow  bool               `json:"keepInWindow"`
	Prompt        string             `json:"prompt"`
	Assistant     string             `json:"assistant"`
	Fallback      string             `json:"fallback"`
	// ChannelTemplates are used on their channels in place of Template.
	ChannelTemplates map[string]templateParams `json:"channelTemplates"`
	PreferTemplate   bool                      `json:"preferTemplate"`
}

type attachmentParams struct {
	URL      string `json:"url"`
	MediaID  string `json:"mediaId"`
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
	compiled := followUp{timing: timing, condition: c.Condition("if", params.If), preferTemplate: params.PreferTemplate}
	kinds := kindParams{Interactive: params.Interactive, Location: params.Location, Contacts: params.Contacts}
	beside := params.beside()
	if beside == "" && params.Template == nil && len(params.ChannelTemplates) == 0 && len(kinds.named()) == 0 {
		c.Required("text")
	}
	compiled.content = compileContent(c, params.Text, params.media(), "attachment", "url")
	compiled.content.other = compileKind(c, kinds, beside)
	compiled.writing = params.compileWriting(c)
	if params.Template != nil {
		compiled.template = compileTemplate(c, *params.Template, "template.name", "template.variables")
	}
	compiled.templates = params.compileChannelTemplates(c)
	c.Action("", flows.SendMessage, "", nil)
	c.Action("", flows.SendTemplate, "", nil)
	return compiled
}

// beside names what stands where only one kind of message may be.
func (p followUpParams) beside() string {
	switch {
	case p.Text != "":
		return "text"
	case p.Attachment != nil:
		return "attachment"
	case p.Prompt != "":
		return "prompt"
	}
	return ""
}

func (p followUpParams) compileChannelTemplates(c *flows.Compiler) map[string]*template {
	compiled := make(map[string]*template, len(p.ChannelTemplates))
	for _, channel := range slices.Sorted(maps.Keys(p.ChannelTemplates)) {
		field := "channelTemplates." + channel
		compiled[channel] = compileTemplate(c, p.ChannelTemplates[channel], field+".name", field+".variables")
	}
	return compiled
}

func (p followUpParams) timing(c *flows.Compiler) flows.Timing {
	timing := flows.Timing{At: clock(c, "at", p.At), KeepInWindow: p.KeepInWindow}
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
	return &mediaParams{Link: p.Attachment.URL, MediaID: p.Attachment.MediaID, FileName: p.Attachment.FileName, Type: p.Attachment.Type}
}

type followUp struct {
	timing    flows.Timing
	condition *expr.Condition
	content   *content
	writing   *writing
	template  *template
	// templates are those of single channels.
	templates      map[string]*template
	preferTemplate bool
}

func (f followUp) Run(s *flows.Step) (flows.Exit, error) {
	if s.Arrived() {
		return s.Plan(f.timing, f.condition), nil
	}
	if s.Rechecked() {
		exit, _ := s.Still(f.condition)
		return exit, nil
	}
	if !s.Due() {
		return flows.Stay, nil
	}
	if exit, ready := s.Ready(f.timing, f.condition); !ready {
		return exit, nil
	}
	action, params, err := f.render(s)
	if err != nil {
		return s.Fail(err), nil
	}
	return s.Send(action, params), nil
}

// render chooses what goes out on the run's channel and fills it in. What is to be sent freely is asked for as a message,
// with the template for a closed window beside it; a template alone is asked for as such.
func (f followUp) render(s *flows.Step) (action string, params flows.SendParams, err error) {
	channelTemplate := f.template
	if own, has := f.templates[s.World().Channel.ID]; has {
		channelTemplate = own
	}
	free := !f.content.empty() || f.writing != nil
	if channelTemplate != nil && (!free || f.preferTemplate && s.World().HasWindow) {
		params, err = renderSend(s, nil, channelTemplate)
		return flows.SendTemplate, params, err
	}
	if !free {
		return "", params, fault.New(fault.TemplateNotFound, "esta etapa não tem template para este canal")
	}
	if params, err = renderSend(s, f.content, channelTemplate); err == nil && f.writing != nil {
		params.Content = chat.Content{Type: chat.Text}
		params.Writing, err = f.writing.render(s)
	}
	return flows.SendMessage, params, err
}
