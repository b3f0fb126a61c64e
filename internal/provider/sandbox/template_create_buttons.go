package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// mostOfKind are how many buttons of a kind a template takes.
var mostOfKind = map[string]int{"QUICK_REPLY": 10, "URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "OTP": 1, "FLOW": 1, "CATALOG": 1, "MPM": 1, "VOICE_CALL": 1}

func checkButtons(buttons []TemplateButton) *graphError {
	if len(buttons) < 1 || len(buttons) > mostButtons {
		return refuse(100, "Param buttons must have from 1 to %d items.", mostButtons)
	}
	counts := map[string]int{}
	switches := 0
	for i := range buttons {
		b := &buttons[i]
		b.Type = strings.ToUpper(b.Type)
		most, known := mostOfKind[b.Type]
		if !known {
			return refuse(100, "Param buttons[%d]['type'] must be one of {%s} - got %s.", i, strings.Join(slices.Sorted(maps.Keys(mostOfKind)), ", "), b.Type)
		}
		if counts[b.Type]++; counts[b.Type] > most {
			return refuse(100, "Param buttons[%d]: a template takes at most %d buttons of type %s.", i, most, b.Type)
		}
		if i > 0 && (b.Type == "QUICK_REPLY") != (buttons[i-1].Type == "QUICK_REPLY") {
			switches++
		}
		if refused := checkButton(b, i); refused != nil {
			return refused
		}
	}
	if switches > 1 {
		return refuse(100, "Param buttons: quick replies and other buttons must stand in two groups.")
	}
	if (counts["CATALOG"] > 0 || counts["MPM"] > 0) && len(buttons) > 1 {
		return refuse(100, "Param buttons: a button of type CATALOG or MPM must be the only one.")
	}
	return nil
}

func checkButton(b *TemplateButton, index int) *graphError {
	if b.Text == "" && b.Type != "COPY_CODE" && b.Type != "OTP" {
		return refuse(100, "The parameter buttons[%d]['text'] is required.", index)
	}
	if refused := longest(fmt.Sprintf("text of button %d", index), b.Text, longestButton); refused != nil {
		return refused
	}
	switch b.Type {
	case "URL":
		return checkLinkButton(b, index)
	case "PHONE_NUMBER":
		if digits(b.PhoneNumber) == "" || len(b.PhoneNumber) > 20 {
			return refuse(100, "Param buttons[%d]['phone_number'] is not a valid phone number.", index)
		}
	case "COPY_CODE":
		return checkCoupon(b, index, longestCoupon)
	case "OTP":
		return checkCodeButton(b, index)
	case "FLOW":
		return checkFlowButton(b, index)
	}
	return nil
}

func checkLinkButton(b *TemplateButton, index int) *graphError {
	variables := anyVariable.FindAllString(b.URL, -1)
	switch {
	case !absoluteLink(anyVariable.ReplaceAllString(b.URL, "x")):
		return refuse(100, "Param buttons[%d]['url'] is not a valid URL.", index)
	case len(variables) > 1 || (len(variables) == 1 && !strings.HasSuffix(b.URL, "}}")):
		return refuse(100, "Param buttons[%d]['url'] takes one variable, at its end.", index)
	case len(variables) == 1 && len(b.Example) == 0:
		return refuse(100, "The parameter buttons[%d]['example'] is required.", index)
	}
	return longest(fmt.Sprintf("link of button %d", index), b.URL, longestButtonLink)
}

// checkCoupon wants an example of the code, as a text or as a list of one.
func checkCoupon(b *TemplateButton, index, most int) *graphError {
	var code string
	if json.Unmarshal(b.Example, &code) != nil {
		var list []string
		if json.Unmarshal(b.Example, &list) == nil && len(list) == 1 {
			code = list[0]
		}
	}
	switch {
	case code == "":
		return refuse(100, "The parameter buttons[%d]['example'] is required.", index)
	case utf8.RuneCountInString(code) > most:
		return refuse(100, "Param buttons[%d]['example'] must be at most %d characters long.", index, most)
	}
	return nil
}

// mostCodeApps and lengthOfSignature are of one-time codes that an app takes (Meta's page "One-tap autofill authentication templates").
const (
	mostCodeApps      = 5
	lengthOfSignature = 11
)

func checkCodeButton(b *TemplateButton, index int) *graphError {
	b.CodeKind = strings.ToUpper(b.CodeKind)
	switch b.CodeKind {
	case "COPY_CODE":
		return nil
	case "ONE_TAP", "ZERO_TAP":
	default:
		return refuse(100, "Param buttons[%d]['otp_type'] must be one of {COPY_CODE, ONE_TAP, ZERO_TAP} - got %q.", index, b.CodeKind)
	}
	if len(b.Apps) < 1 || len(b.Apps) > mostCodeApps {
		return refuse(100, "Param buttons[%d]['supported_apps'] must have from 1 to %d items.", index, mostCodeApps)
	}
	for _, app := range b.Apps {
		if app.Package == "" || len(app.Signature) != lengthOfSignature {
			return refuse(100, "Param buttons[%d]['supported_apps'] needs package_name and a signature_hash of %d characters.", index, lengthOfSignature)
		}
	}
	if b.CodeKind == "ZERO_TAP" && !b.TermsAccepted {
		return refuse(100, "Param buttons[%d]['zero_tap_terms_accepted'] must be true.", index)
	}
	return longest(fmt.Sprintf("autofill text of button %d", index), b.AutofillText, longestButton)
}

// checkFlowButton wants exactly one of the three ways to say which form is opened.
func checkFlowButton(b *TemplateButton, index int) *graphError {
	ways := 0
	for _, is := range []bool{given(b.FlowID), b.FlowName != "", b.FlowJSON != ""} {
		if is {
			ways++
		}
	}
	action := strings.ToLower(orText(b.FlowAction, "navigate"))
	switch {
	case ways != 1:
		return refuse(100, "Param buttons[%d] needs exactly one of flow_id, flow_name and flow_json.", index)
	case b.FlowJSON != "" && (!json.Valid([]byte(b.FlowJSON)) || !isObject(json.RawMessage(b.FlowJSON))):
		return refuse(100, "Param buttons[%d]['flow_json'] is not valid JSON.", index)
	case !slices.Contains([]string{"navigate", "data_exchange"}, action):
		return refuse(100, "Param buttons[%d]['flow_action'] must be one of {NAVIGATE, DATA_EXCHANGE} - got %q.", index, b.FlowAction)
	case action == "data_exchange" && b.FlowScreen != "":
		return refuse(100, "Param buttons[%d]['navigate_screen'] is only for flow_action NAVIGATE.", index)
	case b.FlowScreen != "" && b.FlowJSON != "" && !hasScreen(b.FlowJSON, b.FlowScreen):
		return refuse(100, "Param buttons[%d]['navigate_screen'] is not a screen of flow_json.", index)
	}
	return nil
}

func hasScreen(document, id string) bool {
	var flow struct {
		Screens []struct {
			ID string `json:"id"`
		} `json:"screens"`
	}
	if json.Unmarshal([]byte(document), &flow) != nil {
		return false
	}
	for _, screen := range flow.Screens {
		if screen.ID == id {
			return true
		}
	}
	return false
}
