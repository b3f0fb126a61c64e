package actions

import (
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// checkHeld lets a template rest that the provider has refused lately. When its time is over it is tried again, unless the
// provider's own word or a synchronisation has recovered it before.
func checkHeld(call Call) Verdict {
	used := call.Message.Content.Template
	if used == nil {
		return pass(nil)
	}
	template, known := call.Template(used.Name, used.Language)
	if !known || !template.HeldUntil.After(call.Now) {
		return pass(nil)
	}
	return Verdict{
		Decision: Later, Until: earlier(template.HeldUntil, call.Now.Add(templateLook)),
		Error:  fault.New(fault.TemplatePaused, "o template %q está em espera: o provedor o recusou (%s)", template.Name, template.HeldNumber),
		Values: map[string]any{"template": template.Name, "status": template.Status, "until": template.HeldUntil, "number": template.HeldNumber},
	}
}

// mayBeTried tells whether a paused template is worth one try: the pause was our own conclusion, and the time for which it
// holds is over.
func mayBeTried(call Call, template chat.Template) bool {
	return template.Status == "PAUSED" && template.HeldNumber != "" && !template.HeldUntil.After(call.Now)
}
