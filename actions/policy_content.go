package actions

import (
	"time"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// checkWindow judges the 24 h window at this instant. A closed one sends the fallback template instead, if there is one.
func checkWindow(call Call) Verdict {
	values := map[string]any{"customerAt": call.Conversation.CustomerAt}
	if !call.Conversation.OpenedAt.IsZero() {
		values["openedAt"] = call.Conversation.LastOpened() // what the customer wrote last opens no window
	}
	if call.Message.Content.Type == chat.TemplateUse {
		return pass(nil)
	}
	if !call.HasWindow() {
		return pass(map[string]any{"window": "none"})
	}
	if call.Conversation.WindowOpen(call.Now) {
		values["closesAt"] = call.Conversation.WindowClosesAt()
		return pass(values)
	}
	fallback := call.Message.FallbackTemplate
	if fallback == nil {
		return drop(fault.New(fault.OutsideWindow, "fora da janela de 24 horas: use uma mensagem template"), values)
	}
	values["fallback"] = fallback.Name
	if fallback.ProblemCode != "" {
		return drop(fault.New(fault.Code(fallback.ProblemCode), "fora da janela de 24 horas, e o template %q não pode ir: %s", fallback.Name, fallback.Problem), values)
	}
	content := chat.Content{Type: chat.TemplateUse, Template: fallback, Text: fallback.Text}
	return Verdict{Decision: Go, Reason: "janela fechada: vai o template", Values: values, Content: &content}
}

// templateLook is how often a paused template is looked at again.
const templateLook = 10 * time.Minute

// checkTemplate sees to it that a template is approved and completely filled before anything is sent.
func checkTemplate(call Call) Verdict {
	used := call.Message.Content.Template
	if used == nil {
		return pass(nil)
	}
	values := map[string]any{"template": used.Name, "language": used.Language}
	template, known := call.Template(used.Name, used.Language)
	if !known {
		return drop(fault.New(fault.TemplateNotFound, "o template %q (%s) não existe neste canal ou não está aprovado", used.Name, used.Language), values)
	}
	values["status"] = template.Status
	switch {
	case template.Sendable(), mayBeTried(call, template): // where it may be tried the provider's answer is news
	case template.Held():
		problem := fault.New(fault.TemplatePaused, "o template %q está pausado no provedor (status %s)", used.Name, template.Status)
		return Verdict{Decision: Later, Until: call.Now.Add(templateLook), Error: problem, Reason: problem.Message + "; espera até o template voltar", Values: values}
	default:
		return drop(fault.New(fault.TemplateNotFound, "o template %q (%s) está com status %s: só templates aprovados podem ser enviados", used.Name, used.Language, template.Status), values)
	}
	if problem := CheckFilled(template, *used); problem != nil {
		return drop(problem, values)
	}
	return pass(values)
}
