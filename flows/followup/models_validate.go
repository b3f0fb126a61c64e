package followup

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

const (
	maxMessages = 100
	maxOffset   = 525600 // minutes: a year
)

// Validate finds every mistake that can be told without compiling texts and conditions: flows.Problems, in the order of
// the document, with paths such as messages[0].offset.
func (m Model) Validate() error {
	var problems flows.Problems
	report := func(path, format string, args ...any) {
		problems = append(problems, fault.Field(path, format, args...))
	}
	required := func(path, value string) {
		if strings.TrimSpace(value) == "" {
			problems = append(problems, fault.Required(path))
		}
	}
	required("name", m.Name)
	if length := utf8.RuneCountInString(m.Name); length > maxName {
		report("name", "no máximo %d caracteres, tem %d", maxName, length)
	}
	required("channelId", m.ChannelID)
	if m.StartTime != nil {
		if _, err := calendar.ParseClockTime(*m.StartTime); err != nil {
			report("startTime", "%s", fault.Of(err).Message)
		}
	}
	if !slices.Contains([]flows.OnReply{"", flows.ReplyContinue, flows.ReplyStop, flows.ReplyRestart}, m.OnReply) {
		report("onReply", "use continue, stop ou restart")
	}
	if len(m.Messages) > maxMessages {
		report("messages", "mensagens demais: %d, no máximo %d", len(m.Messages), maxMessages)
		return problems
	}
	for i, message := range m.Messages {
		problems = append(problems, message.problems(fmt.Sprintf("messages[%d]", i), m.Messages[:i])...)
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// maxName bounds a name that lists and reports show.
const maxName = 200

var messageID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (m ModelMessage) problems(at string, earlier []ModelMessage) flows.Problems {
	var problems flows.Problems
	report := func(field, format string, args ...any) {
		problems = append(problems, fault.Field(at+field, format, args...))
	}
	switch {
	case m.ID == "":
	case !messageID.MatchString(m.ID) || m.ID == triggerNode || m.ID == emptyNode:
		report(".id", "id inválido: use letras, números, - e _")
	case slices.ContainsFunc(earlier, func(other ModelMessage) bool { return other.ID == m.ID }):
		report(".id", "id repetido: %q", m.ID)
	}
	switch {
	case m.Offset == nil:
		problems = append(problems, fault.Required(at+".offset"))
	case *m.Offset < 0 || *m.Offset > maxOffset:
		report(".offset", "deve ser um número inteiro de minutos, de 0 a %d", maxOffset)
	}
	if strings.TrimSpace(m.Text) == "" && m.Attachment == nil && m.Template == nil {
		problems = append(problems, fault.Required(at+".text"))
	}
	if length := utf8.RuneCountInString(m.Text); length > m.maxText() {
		report(".text", "no máximo %d caracteres, tem %d", m.maxText(), length)
	}
	if m.Attachment != nil {
		problems = append(problems, m.Attachment.problems(at+".attachment", m.Text)...)
	}
	if m.Template != nil && strings.TrimSpace(m.Template.Name) == "" {
		problems = append(problems, fault.Required(at+".template.name"))
	}
	return problems
}

func (m ModelMessage) maxText() int {
	if m.Attachment != nil {
		return flows.MaxCaption
	}
	return flows.MaxText
}

func (a ModelAttachment) problems(at, text string) flows.Problems {
	switch {
	case a.URL == "" && a.MediaID == "":
		return flows.Problems{fault.Required(at + ".url")}
	case a.URL != "" && a.MediaID != "":
		return flows.Problems{fault.Field(at+".mediaId", "informe só um: url ou mediaId")}
	case a.MediaID != "" && a.Type == "" && !chat.IsID(a.MediaID):
		return flows.Problems{fault.Required(at + ".type")}
	case a.Type != "" && !flows.IsAttachmentType(a.Type):
		return flows.Problems{fault.Field(at+".type", "use image, video, audio, document ou sticker")}
	case a.URL != "" && !flows.IsWebLink(a.URL):
		return flows.Problems{fault.Field(at+".url", "endereço inválido: comece com http:// ou https://")}
	case text != "" && a.carriesNoText():
		return flows.Problems{fault.Field(at+a.source(), "um áudio ou uma figurinha não leva texto; mande o texto em outra mensagem")}
	}
	return nil
}

// source is the field that says where the file is.
func (a ModelAttachment) source() string {
	if a.MediaID != "" {
		return ".mediaId"
	}
	return ".url"
}

// carriesNoText tells sounds and stickers; a link without a type is what its ending says.
func (a ModelAttachment) carriesNoText() bool {
	kind := chat.ContentType(a.Type)
	if kind == "" && a.URL != "" {
		kind = flows.AttachmentType(a.URL)
	}
	return kind == chat.Audio || kind == chat.Sticker
}

// named is the attachment with the name under which it is shown.
func (a ModelAttachment) named() *ModelAttachment {
	a.FileName = a.fileName()
	return &a
}

// fileName is the name under which the file is shown: the author's, else the last part of its address.
func (a ModelAttachment) fileName() string {
	if a.FileName != "" || a.URL == "" {
		return a.FileName
	}
	address, _, _ := strings.Cut(a.URL, "?")
	if name := path.Base(address); strings.Contains(name, ".") {
		return name
	}
	return ""
}

// Warnings tells what may be meant but will not work (domain.md section 4): messages that surely need a template and
// have none. hasWindow says whether the model's channel has the 24 h window (Meta, Gupshup, Twilio).
func (m Model) Warnings(hasWindow bool) []string {
	if len(m.Messages) == 0 {
		return []string{"o modelo não tem mensagens: quem for inscrito não recebe nada"}
	}
	if !hasWindow {
		return nil
	}
	var warnings []string
	total := 0
	for i, message := range m.Messages {
		if message.Offset != nil {
			total += *message.Offset
		}
		if total >= 24*60 && message.Template == nil {
			warnings = append(warnings, fmt.Sprintf("mensagem %d: sai 24 h ou mais depois da inscrição e não tem template; "+
				"se o cliente não escrever antes, a janela estará fechada e ela falhará", i+1))
		}
	}
	return warnings
}
