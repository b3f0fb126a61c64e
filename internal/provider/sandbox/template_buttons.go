package sandbox

import (
	"strings"
	"unicode/utf8"
)

// metasName is what Meta calls a kind of button in its refusals.
var metasName = map[string]string{"quick_reply": "QuickReply", "url": "Url", "otp": "Url", "phone_number": "Call", "copy_code": "CopyCode",
	"flow": "Flow", "catalog": "Catalog", "mpm": "Mpm", "voice_call": "VoiceCall"}

// fillButtons gives each button its parameter. A parameter for a button that does not exist, for one that takes none, or of the
// wrong kind is refused with 132018; a link's missing one with 131008 and a form that is not named with 131009, as clients of Meta
// have reported (docs/providers/sandbox.md).
func (c *compiledPart) fillButtons(out *filledPart, sent []sendComponent, limits fillLimits) *graphError {
	given := make(map[int]*sendComponent, len(sent))
	for i, component := range sent {
		index, ok := component.position()
		if !ok || index >= len(c.buttons) {
			return refuse(132018, "buttons: the template has no button at index %s", orText(string(component.Index), "null"))
		}
		if given[index] != nil {
			return refuse(132018, "buttons: button at index %d is given twice", index)
		}
		given[index] = &sent[i]
	}
	for index, definition := range c.buttons {
		button, refused := (&buttonFilling{index: index, definition: definition, sent: given[index], limits: limits}).fill()
		if refused != nil {
			return refused
		}
		out.buttons = append(out.buttons, button)
	}
	return nil
}

// buttonFilling is the walk through one button; sent is nil where the send says nothing of it.
type buttonFilling struct {
	index      int
	definition TemplateButton
	sent       *sendComponent
	limits     fillLimits
}

func (f *buttonFilling) fill() (Button, *graphError) {
	kind := strings.ToLower(f.definition.Type)
	button := Button{Type: kind, Text: f.definition.Text, URL: f.definition.URL}
	switch kind {
	case "quick_reply":
		return f.quickReply(button)
	case "url", "otp":
		return f.link(button)
	case "copy_code":
		return f.coupon(button)
	case "flow":
		return f.flow(button)
	case "catalog", "mpm":
		return f.shelf(button)
	case "phone_number":
		button.URL = "tel:" + f.definition.PhoneNumber
	}
	if f.sent != nil {
		return button, refuse(132018, "buttons: Button at index %d is of type %s and does not support parameters", f.index, metasName[kind])
	}
	return button, nil
}

// parameter is the one parameter of the button; what is missing or of another kind is refused.
func (f *buttonFilling) parameter(subType, kind string, missing int) (*sendParameter, *graphError) {
	name := metasName[strings.ToLower(f.definition.Type)]
	switch {
	case f.sent == nil:
		return nil, refuse(missing, "buttons: Button at index %d of type %s requires a parameter", f.index, name)
	case !strings.EqualFold(f.sent.SubType, subType):
		return nil, refuse(132018, "buttons: Button at index %d must be of type %s", f.index, name)
	case len(f.sent.Parameters) == 0:
		return nil, refuse(missing, "buttons: Button at index %d of type %s requires a parameter", f.index, name)
	case len(f.sent.Parameters) > 1:
		return nil, refuse(132018, "buttons: Button at index %d of type %s takes one parameter", f.index, name)
	case f.sent.Parameters[0].Type != kind:
		return nil, refuse(132018, "buttons: Button at index %d of type %s takes a parameter of type %s", f.index, name, kind)
	}
	return &f.sent.Parameters[0], nil
}

func (f *buttonFilling) quickReply(button Button) (Button, *graphError) {
	button.Payload = button.Text
	if f.sent == nil {
		return button, nil
	}
	parameter, refused := f.parameter("quick_reply", "payload", 132018)
	if refused != nil {
		return button, refused
	}
	button.Payload = orText(parameter.Payload, button.Text)
	return button, nil
}

// link fills the variable at the end of a link. One-time-password buttons always repeat the code here.
func (f *buttonFilling) link(button Button) (Button, *graphError) {
	names := variables(button.URL)
	if len(names) == 0 && button.Type != "otp" {
		if f.sent != nil {
			return button, refuse(132018, "buttons: Button at index %d has a static URL and takes no parameter", f.index)
		}
		return button, nil
	}
	missing := 131008
	if button.Type == "otp" {
		missing = 132018
	}
	parameter, refused := f.parameter("url", "text", missing)
	if refused != nil {
		return button, refused
	}
	if refused := checkParameter("buttons", parameter.Text); refused != nil {
		return button, refused
	}
	switch {
	case len(names) > 0:
		button.URL = substitute(button.URL, map[string]string{names[0]: parameter.Text})
	case f.limits.value > 0 && utf8.RuneCountInString(parameter.Text) > f.limits.value:
		return button, refuse(132018, "buttons: Parameter at index 0 exceeds the parameter length limit %d", f.limits.value)
	default:
		button.Payload, button.Text = parameter.Text, orText(button.Text, "Copiar código")
	}
	return button, nil
}

func (f *buttonFilling) coupon(button Button) (Button, *graphError) {
	parameter, refused := f.parameter("copy_code", "coupon_code", 132018)
	switch {
	case refused != nil:
		return button, refused
	case parameter.CouponCode == "":
		return button, refuse(132018, "buttons: Button at index %d of type CopyCode requires a coupon_code", f.index)
	case utf8.RuneCountInString(parameter.CouponCode) > f.limits.coupon:
		return button, refuse(132018, "buttons: Button at index %d: coupon_code exceeds the length limit %d", f.index, f.limits.coupon)
	}
	button.Payload, button.Text = parameter.CouponCode, orText(button.Text, "Copiar código da oferta")
	return button, nil
}

// flow wants the button named; token and data may be left out.
func (f *buttonFilling) flow(button Button) (Button, *graphError) {
	button.Form = formOf(f.definition.FlowJSON)
	switch {
	case f.sent == nil:
		return button, refuse(131009, "buttons: Button at index %d of type Flow requires a button component", f.index)
	case strings.EqualFold(f.sent.SubType, "flow") && len(f.sent.Parameters) == 0:
		return button, nil
	}
	parameter, refused := f.parameter("flow", "action", 131009)
	switch {
	case refused != nil:
		return button, refused
	case parameter.Action == nil:
		return button, refuse(132012, "buttons: Button at index %d of type Flow requires an action", f.index)
	case parameter.Action.Sections != nil || parameter.Action.Thumbnail != "":
		return button, refuse(132018, "buttons: Button at index %d of type Flow takes no products", f.index)
	case given(parameter.Action.FlowData) && !isObject(parameter.Action.FlowData):
		return button, refuse(132012, "buttons: Button at index %d: flow_action_data must be an object", f.index)
	}
	button.Payload, button.Data = parameter.Action.FlowToken, parameter.Action.FlowData
	return button, nil
}
