package entrance

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/fault"
)

// typebotBlock takes commands as plain JSON from Typebot's HTTP Request block: the person, and beside it the command's
// own keys, or text or messages as at /typebot/commands. The token in the path is the credential.
func (h *Handlers) typebotBlock(c *fiber.Ctx) error {
	ctx := c.UserContext()
	channel, err := h.Store.ChannelByToken(ctx, c.Params("channelToken"))
	if err != nil {
		return err
	}
	web.ActFor(ctx, channel.TenantID)
	var members map[string]json.RawMessage
	if err := web.DecodeBody(c.BodyRaw(), &members); err != nil {
		return err
	}
	if err := noKeyTwice(c.BodyRaw()); err != nil {
		return err
	}
	request, err := readBlock(members)
	if err != nil {
		return err
	}
	if request.EventID == "" {
		request.EventID = strings.TrimSpace(c.Get(web.HeaderKey))
	}
	answer, err := h.carryOut(ctx, commandRequest{
		tenantID: channel.TenantID, who: request.Who, channel: channel, bubbles: request.bubbles, turn: request.CommandTurn,
	})
	if err != nil {
		return err
	}
	return web.AsJSON(c, answer.Status, answer.Body)
}

type blockRequest struct {
	people.Who
	Text     string           `json:"text"`
	Messages []typebotMessage `json:"messages"`
	CommandTurn

	bubbles []bubble
}

// readBlock takes the known members out; what is left is one command.
func readBlock(members map[string]json.RawMessage) (blockRequest, error) {
	var request blockRequest
	known := map[string]json.RawMessage{}
	for _, name := range []string{"number", "contactId", "ticketId", "text", "messages", "eventId", "sessionId", "turn", "textAround", "heard", "channelId"} {
		if value, given := members[name]; given {
			known[name] = value
			delete(members, name)
		}
	}
	body, err := json.Marshal(known)
	if err != nil {
		return request, fault.Field("body", "JSON inválido")
	}
	if err := web.BodyFault(web.ReadJSON(body, &request)); err != nil {
		return request, err
	}
	if len(members) == 0 {
		request.bubbles, err = bubblesOf(request.Text, request.Messages)
		return request, err
	}
	command, err := json.Marshal(members)
	if err != nil {
		return request, fault.Field("body", "JSON inválido")
	}
	request.bubbles = []bubble{{text: "#" + string(command), command: true}}
	if request.Text != "" || len(request.Messages) > 0 {
		more, err := bubblesOf(request.Text, request.Messages)
		if err != nil {
			return request, err
		}
		request.bubbles = append(request.bubbles, more...)
	}
	return request, nil
}

// noKeyTwice refuses a body in which a key occurs twice: a value that somebody typed may have brought the second one along.
func noKeyTwice(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if _, err := decoder.Token(); err != nil {
		return fault.Field("body", "JSON inválido")
	}
	seen := map[string]bool{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return fault.Field("body", "JSON inválido")
		}
		name, _ := key.(string)
		if seen[name] {
			return fault.Field(name, "aparece mais de uma vez")
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return fault.Field("body", "JSON inválido")
		}
	}
	return nil
}

func describeBlock(op *huma.Operation, schemas huma.Registry) {
	op.Description = `Para o bloco HTTP Request do Typebot: {"number": "...", "followupId": "1"}. O token do caminho é a credencial.`
	op.RequestBody = &huma.RequestBody{Required: true, Content: web.JSONContent(&huma.Schema{Type: huma.TypeObject, AdditionalProperties: true})}
	web.Answers(op, "200", schemas.Schema(reflect.TypeFor[web.Success[commandsOut]](), true, "SuccessCommandsOut"))
}
