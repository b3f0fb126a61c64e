package authoring

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

const (
	configMissing = "Configuração de follow-up não encontrada"
	configTaken   = "Este assistente já tem uma configuração de follow-up"
)

// configView is an assistant's follow-up configuration, in the form of assistant-followup.md.
type configView struct {
	ID               string                `json:"id"`
	TenantID         string                `json:"tenant_id"`
	AssistantID      string                `json:"assistant_id"`
	TriggerStatusIDs []string              `json:"trigger_status_ids"`
	Steps            []followup.ConfigStep `json:"steps"`
	OfficialSteps    []officialView        `json:"official_steps"`
	IsActive         bool                  `json:"is_active"`
	KeepInWindow     bool                  `json:"keep_in_window,omitempty" doc:"traz para dentro da janela o que cairia até 2 horas depois dela"`
	CreatedAt        time.Time             `json:"created_at"`
	UpdatedAt        time.Time             `json:"updated_at"`
	Warnings         []string              `json:"warnings,omitempty" doc:"o que foi salvo mas provavelmente não vai funcionar"`
}

type officialView struct {
	ChannelID   string                `json:"channel_id"`
	ChannelName string                `json:"channel_name" doc:"o nome do canal, se outro não foi dado; vazio se o canal foi removido"`
	AppID       string                `json:"app_id"`
	Steps       []followup.ConfigStep `json:"steps"`
}

// configAnswer is a configuration without an envelope.
type configAnswer struct {
	Status int
	Body   configView
}

// configsAnswer is a plain list.
type configsAnswer struct{ Body []configView }

func viewConfig(d flows.Document, channels []chat.Channel) (configView, error) {
	config, err := followup.ParseConfig(d.Body)
	if err != nil {
		return configView{}, fault.Wrap(fault.Internal, err, "configuração %s ilegível", d.ID)
	}
	view := configView{
		ID: d.ID, TenantID: d.TenantID, AssistantID: config.AssistantID, TriggerStatusIDs: config.TriggerStatusIDs, Steps: shownSteps(config.Steps),
		OfficialSteps: make([]officialView, len(config.OfficialSteps)), IsActive: d.Active, KeepInWindow: config.KeepInWindow,
		CreatedAt: d.CreatedAt.UTC(), UpdatedAt: d.UpdatedAt.UTC(),
	}
	for i, entry := range config.OfficialSteps {
		shown := officialView{ChannelID: entry.ChannelID, ChannelName: entry.ChannelName, AppID: entry.AppID, Steps: shownSteps(entry.Steps)}
		if shown.ChannelName == "" {
			shown.ChannelName = nameOfChannel(channels, entry.ChannelID)
		}
		view.OfficialSteps[i] = shown
	}
	return view, nil
}

// shownSteps says of every template in which language it is.
func shownSteps(steps []followup.ConfigStep) []followup.ConfigStep {
	shown := make([]followup.ConfigStep, len(steps))
	for i, step := range steps {
		if step.TemplateName != "" && step.TemplateLanguage == "" {
			step.TemplateLanguage = flows.DefaultLanguage
		}
		shown[i] = step
	}
	return shown
}

func (h *Handlers) answerConfig(ctx context.Context, d flows.Document, warnings []string, status int) (*configAnswer, error) {
	channels, err := h.Store.Channels(ctx, d.TenantID)
	if err != nil {
		return nil, err
	}
	view, err := viewConfig(d, channels)
	view.Warnings = warnings
	return &configAnswer{Status: status, Body: view}, err
}

func (h *Handlers) getConfig(ctx context.Context, in *web.ByID) (*configAnswer, error) {
	found, err := h.configAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return h.answerConfig(ctx, found, nil, 200)
}

// configAt finds the configuration that a path names.
func (h *Handlers) configAt(ctx context.Context, id string) (flows.Document, error) {
	ref, err := web.PathRef(id, configMissing)
	if err != nil {
		return flows.Document{}, err
	}
	found, err := h.Store.Document(ctx, web.TenantOf(ctx), flows.ConfigDocument, ref)
	return found, orConfigMissing(err)
}

func orConfigMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, configMissing)
	}
	return err
}

type byAssistant struct {
	AssistantID string `path:"assistantId"`
}

// getConfigOf shows the one configuration of an assistant.
func (h *Handlers) getConfigOf(ctx context.Context, in *byAssistant) (*configAnswer, error) {
	id, err := web.PathID(in.AssistantID, configMissing)
	if err != nil {
		return nil, err
	}
	found, err := h.Store.DocumentByKey(ctx, web.TenantOf(ctx), flows.ConfigDocument, id)
	if err != nil {
		return nil, orConfigMissing(err)
	}
	return h.answerConfig(ctx, found, nil, 200)
}

type byTenant struct {
	TenantID string `path:"tenantId"`
}

// listConfigs shows all configurations of the caller's own tenant, oldest first. Another tenant is not found.
func (h *Handlers) listConfigs(ctx context.Context, in *byTenant) (*configsAnswer, error) {
	tenantID := web.TenantOf(ctx)
	if !strings.EqualFold(strings.TrimSpace(in.TenantID), tenantID) {
		return nil, fault.New(fault.NotFound, "Empresa não encontrada")
	}
	channels, err := h.Store.Channels(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	all, err := h.Store.Documents(ctx, tenantID, flows.ConfigDocument)
	if err != nil {
		return nil, err
	}
	answer := &configsAnswer{Body: make([]configView, len(all))}
	for i, d := range all {
		if answer.Body[i], err = viewConfig(d, channels); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

type createConfigIn struct {
	Body web.Document[configShape]
}

// createConfig saves an assistant's configuration; a second one for the same assistant is a conflict.
func (h *Handlers) createConfig(ctx context.Context, in *createConfigIn) (*configAnswer, error) {
	tenantID := web.TenantOf(ctx)
	body, err := ownConfigMembers(in.Body.Raw, tenantID, "")
	if err != nil {
		return nil, err
	}
	config, err := followup.ParseConfig(body)
	if err != nil {
		return nil, err
	}
	saved, warnings, err := h.create(ctx, flows.ConfigDocument, func(channels []chat.Channel) (prepared, error) {
		return h.prepareConfig(ctx, tenantID, channels, &config, references{})
	})
	if fault.Is(err, fault.Conflict) {
		err = fault.New(fault.Conflict, configTaken)
	}
	if err != nil {
		return nil, err
	}
	if err := h.keepForAssistant(ctx, saved); err != nil {
		return nil, err
	}
	return h.answerConfig(ctx, saved, warnings, 201)
}

// keepForAssistant takes a new configuration back if its assistant was removed while it was saved. A change needs no
// second look: it looks for the assistant within its own step, which no removal can run beside.
func (h *Handlers) keepForAssistant(ctx context.Context, saved flows.Document) error {
	ctx = context.WithoutCancel(ctx)
	_, gone := h.assistantOf(ctx, saved.TenantID, saved.Key)
	if !fault.Is(gone, fault.Invalid) {
		return gone
	}
	if err := h.deleteDocument(ctx, saved, reasonAssistantDeleted); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return gone
}

// ownConfigMembers takes out what callers may send back as they got it, and what only retoma says; id is the
// configuration that is changed, empty for a new one. No tenant is ever taken from the body.
func ownConfigMembers(raw json.RawMessage, tenantID, id string) (json.RawMessage, error) {
	if web.FirstByte(raw) != '{' {
		return raw, nil // the parser of the format says what is wrong with it
	}
	given, err := web.Members(raw)
	if err != nil {
		return nil, err
	}
	for _, same := range []struct{ name, value, problem string }{
		{"id", id, "não é o desta configuração"}, {"tenant_id", tenantID, "não é a sua empresa"},
	} {
		value, has := given[same.name]
		if !has {
			continue
		}
		var text string
		switch {
		case same.value == "":
			return nil, fault.Field(same.name, "é dado pelo retoma")
		case json.Unmarshal(value, &text) != nil || !strings.EqualFold(text, same.value):
			return nil, fault.Field(same.name, "%s", same.problem)
		}
		delete(given, same.name)
	}
	for _, name := range []string{"created_at", "updated_at", "warnings"} {
		delete(given, name)
	}
	return json.Marshal(given)
}

// DeleteConfigsOf removes the configurations of an assistant that is no more.
func (h *Handlers) DeleteConfigsOf(ctx context.Context, tenantID, assistantID string) error {
	documents, err := h.Store.Documents(ctx, tenantID, flows.ConfigDocument)
	if err != nil {
		return err
	}
	theirs := slices.DeleteFunc(documents, func(d flows.Document) bool {
		config, err := followup.ParseConfig(d.Body)
		return err != nil || !strings.EqualFold(config.AssistantID, assistantID)
	})
	for _, document := range theirs {
		if err := h.deleteDocument(ctx, document, reasonAssistantDeleted); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// reasonAssistantDeleted is why contacts leave the follow-up of an assistant that is no more.
const reasonAssistantDeleted = "assistente removido"
