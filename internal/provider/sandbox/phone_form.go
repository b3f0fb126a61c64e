package sandbox

import (
	"encoding/json"
	"slices"

	"retoma/internal/fault"
)

// unusedToken is what Meta gives as the token of a form that was sent without one.
const unusedToken = "unused"

// incomingForm fills a message with the answers of a form. An answer to a message is only taken where that has a form.
func (s *Server) incomingForm(e *entry, in Incoming, extra *wireExtra) error {
	if len(in.FlowResponse) > longestText {
		return fault.Field("flowResponse", "no máximo %d bytes", longestText)
	}
	var answers map[string]json.RawMessage
	if err := json.Unmarshal(in.FlowResponse, &answers); err != nil || answers == nil {
		return fault.Field("flowResponse", "deve ser um objeto com as respostas")
	}
	e.Type, e.Text, extra.flow = "interactive", "Formulário enviado", string(in.FlowResponse)
	if in.ReplyTo == "" {
		return nil
	}
	button := s.formButton(in.ReplyTo)
	if button == nil {
		return fault.Field("replyTo", "esta mensagem não abre um formulário")
	}
	if _, has := answers["flow_token"]; has {
		return nil
	}
	token, err := json.Marshal(orText(button.Payload, unusedToken))
	if err != nil {
		return fault.Wrap(fault.Internal, err, "o código do formulário não pôde ser escrito")
	}
	answers["flow_token"] = token
	response, err := json.Marshal(answers)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "as respostas não puderam ser escritas")
	}
	extra.flow = string(response)
	return nil
}

func (s *Server) formButton(messageID string) *Button {
	asked := s.book.byID[messageID]
	if asked == nil {
		return nil
	}
	i := slices.IndexFunc(asked.Buttons, func(b Button) bool { return b.Type == "flow" })
	if i < 0 {
		return nil
	}
	return &asked.Buttons[i]
}
