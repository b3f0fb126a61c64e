package sandbox

import "strings"

// fillButtons gives each button of the template its parameter. A button that needs one and has none, or has one and needs none,
// is refused with 132018, as is a parameter for a button that does not exist.
func (c *compiledTemplate) fillButtons(out *filled, sent []sendComponent) *graphError {
	given := make(map[int]sendComponent, len(sent))
	for _, component := range sent {
		index, ok := component.position()
		if !ok || index >= len(c.buttons) {
			return refuse(132018, "buttons: the template has no button at index %s", string(component.Index))
		}
		if _, twice := given[index]; twice {
			return refuse(132018, "buttons: button at index %d is given twice", index)
		}
		given[index] = component
	}
	for index, definition := range c.buttons {
		component, present := given[index]
		button, refused := fillButton(index, definition, component, present)
		if refused != nil {
			return refused
		}
		out.buttons = append(out.buttons, button)
	}
	return nil
}

func fillButton(index int, definition TemplateButton, component sendComponent, present bool) (Button, *graphError) {
	kind := strings.ToLower(definition.Type)
	button := Button{Type: kind, Text: definition.Text, URL: definition.URL}
	switch kind {
	case "quick_reply":
		return fillQuickReply(index, button, component, present)
	case "url", "otp":
		return fillLink(index, button, component, present)
	case "copy_code":
		if !present || len(component.Parameters) != 1 || component.Parameters[0].CouponCode == "" {
			return button, refuse(132018, "buttons: Button at index %d of type Copy_code requires a coupon_code parameter", index)
		}
		button.Payload = component.Parameters[0].CouponCode
		return button, nil
	case "phone_number":
		button.URL = "tel:" + definition.PhoneNumber
	}
	if present && kind != "flow" {
		return button, refuse(132018, "buttons: Button at index %d takes no parameter", index)
	}
	return button, nil
}

func fillQuickReply(index int, button Button, component sendComponent, present bool) (Button, *graphError) {
	button.Payload = button.Text
	if !present {
		return button, nil
	}
	if !strings.EqualFold(component.SubType, "quick_reply") || len(component.Parameters) != 1 || component.Parameters[0].Type != "payload" {
		return button, refuse(132018, "buttons: Button at index %d is a quick reply and takes one payload parameter", index)
	}
	button.Payload = orText(component.Parameters[0].Payload, button.Text)
	return button, nil
}

// fillLink fills the variable at the end of a link. One-time-password buttons always repeat the code here.
func fillLink(index int, button Button, component sendComponent, present bool) (Button, *graphError) {
	names := variables(button.URL)
	needs := len(names) > 0 || button.Type == "otp"
	if !needs {
		if present {
			return button, refuse(132018, "buttons: Button at index %d has a static URL and takes no parameter", index)
		}
		return button, nil
	}
	if !present || len(component.Parameters) != 1 {
		return button, refuse(132018, "buttons: Button at index %d of type Url requires a parameter", index)
	}
	parameter := component.Parameters[0]
	if !strings.EqualFold(component.SubType, "url") || parameter.Type != "text" {
		return button, refuse(132018, "buttons: Button at index %d is a URL button and takes one text parameter", index)
	}
	if refused := checkParameter("buttons", parameter.Text); refused != nil {
		return button, refused
	}
	if len(names) > 0 {
		button.URL = substitute(button.URL, map[string]string{names[0]: parameter.Text})
	} else {
		button.Payload = parameter.Text
	}
	return button, nil
}
