package authoring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/web"
	"retoma/internal/fault"
)

const messageMissing = "Mensagem do modelo não encontrada"

type addMessageIn struct {
	ID   string `path:"id"`
	Body web.Document[followup.ModelMessage]
}

// addModelMessage puts a message behind the others.
func (h *Handlers) addModelMessage(ctx context.Context, in *addMessageIn) (*web.Answer[modelView], error) {
	answer, err := h.editMessage(ctx, in.ID, func(model *followup.Model) (int, error) {
		message, err := parseMessage(in.Body.Raw)
		model.Messages = append(slices.Clone(model.Messages), message)
		return len(model.Messages) - 1, err
	})
	if err == nil {
		answer.Status = 201
	}
	return answer, err
}

func parseMessage(raw json.RawMessage) (followup.ModelMessage, error) {
	var message followup.ModelMessage
	err := flows.DecodeStrict("", raw, &message)
	return message, err
}

type changeMessageIn struct {
	ID        string `path:"id"`
	MessageID string `path:"messageId"`
	Body      web.Document[messagePatch]
}

// changeModelMessage changes what the body names of one message.
func (h *Handlers) changeModelMessage(ctx context.Context, in *changeMessageIn) (*web.Answer[modelView], error) {
	return h.editMessage(ctx, in.ID, func(model *followup.Model) (int, error) {
		at, err := placeOfMessage(*model, in.MessageID)
		if err != nil {
			return at, err
		}
		before, err := json.Marshal(model.Messages[at])
		if err != nil {
			return at, err
		}
		merged, err := web.Overlay(before, in.Body.Raw)
		if err != nil {
			return at, err
		}
		message, err := parseMessage(merged)
		message.ID = in.MessageID
		model.Messages = slices.Clone(model.Messages)
		model.Messages[at] = message
		return at, err
	})
}

func placeOfMessage(model followup.Model, id string) (int, error) {
	at := slices.IndexFunc(model.Messages, func(m followup.ModelMessage) bool { return m.ID == id })
	if at < 0 {
		return at, fault.New(fault.NotFound, messageMissing)
	}
	return at, nil
}

// deleteModelMessage removes one message; contacts who wait for it go on with the next.
func (h *Handlers) deleteModelMessage(ctx context.Context, in *web.MessagePath) (*web.Answer[modelView], error) {
	return h.editModel(ctx, in.ID, false, func(model *followup.Model) error {
		at, err := placeOfMessage(*model, in.MessageID)
		if err != nil {
			return err
		}
		model.Messages = slices.Delete(slices.Clone(model.Messages), at, at+1)
		return nil
	})
}

type orderIn struct {
	ID   string `path:"id"`
	Body struct {
		Order []string `json:"order" maxItems:"100" doc:"os ids de todas as mensagens, na nova ordem"`
	}
}

// orderModelMessages puts the messages into an explicit order.
func (h *Handlers) orderModelMessages(ctx context.Context, in *orderIn) (*web.Answer[modelView], error) {
	return h.editModel(ctx, in.ID, false, func(model *followup.Model) error {
		if len(in.Body.Order) != len(model.Messages) {
			return fault.Field("order", "liste as %d mensagens do modelo, cada uma uma vez", len(model.Messages))
		}
		ordered := make([]followup.ModelMessage, 0, len(model.Messages))
		for i, id := range in.Body.Order {
			at, err := placeOfMessage(*model, id)
			if err != nil {
				return fault.Field(fmt.Sprintf("order[%d]", i), "o modelo não tem esta mensagem")
			}
			if slices.Contains(in.Body.Order[:i], id) {
				return fault.Field(fmt.Sprintf("order[%d]", i), "mensagem repetida")
			}
			ordered = append(ordered, model.Messages[at])
		}
		model.Messages = ordered
		return nil
	})
}

// editMessage is editModel for a body that is one message: the paths of mistakes are the message's own.
func (h *Handlers) editMessage(ctx context.Context, id string, edit func(*followup.Model) (int, error)) (*web.Answer[modelView], error) {
	at := 0
	answer, err := h.editModel(ctx, id, false, func(model *followup.Model) (err error) {
		at, err = edit(model)
		return err
	})
	var list flows.Problems
	if !errors.As(err, &list) {
		return answer, err
	}
	own := make(flows.Problems, len(list))
	for i, problem := range list {
		copied := *problem
		copied.Field = strings.TrimPrefix(copied.Field, fmt.Sprintf("messages[%d].", at))
		own[i] = &copied
	}
	return nil, own
}
