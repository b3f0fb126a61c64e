package gateway

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"retoma/flows"
	"retoma/flows/followup"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type configStore interface {
	modelStore
	DocumentByKey(ctx context.Context, tenantID string, kind flows.DocumentKind, key string) (flows.Document, error)
	Assistant(ctx context.Context, tenantID, id string) (chat.Assistant, error)
}

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

func (g *Gateway) answerConfig(ctx context.Context, d flows.Document, warnings []string, status int) (*configAnswer, error) {
	channels, err := g.Store.Channels(ctx, d.TenantID)
	if err != nil {
		return nil, err
	}
	view, err := viewConfig(d, channels)
	view.Warnings = warnings
	return &configAnswer{Status: status, Body: view}, err
}

func (g *Gateway) getConfig(ctx context.Context, in *byID) (*configAnswer, error) {
	found, err := g.configAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return g.answerConfig(ctx, found, nil, 200)
}

// configAt finds the configuration that a path names.
func (g *Gateway) configAt(ctx context.Context, id string) (flows.Document, error) {
	ref, err := pathRef(id, configMissing)
	if err != nil {
		return flows.Document{}, err
	}
	found, err := g.Store.Document(ctx, tenantOf(ctx), flows.ConfigDocument, ref)
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
func (g *Gateway) getConfigOf(ctx context.Context, in *byAssistant) (*configAnswer, error) {
	id, err := pathID(in.AssistantID, configMissing)
	if err != nil {
		return nil, err
	}
	found, err := g.Store.DocumentByKey(ctx, tenantOf(ctx), flows.ConfigDocument, id)
	if err != nil {
		return nil, orConfigMissing(err)
	}
	return g.answerConfig(ctx, found, nil, 200)
}

type byTenant struct {
	TenantID string `path:"tenantId"`
}

// listConfigs shows all configurations of the caller's own tenant, oldest first. Another tenant is not found.
func (g *Gateway) listConfigs(ctx context.Context, in *byTenant) (*configsAnswer, error) {
	tenantID := tenantOf(ctx)
	if !strings.EqualFold(strings.TrimSpace(in.TenantID), tenantID) {
		return nil, fault.New(fault.NotFound, "Empresa não encontrada")
	}
	channels, err := g.Store.Channels(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	all, err := g.Store.Documents(ctx, tenantID, flows.ConfigDocument)
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
	Body document[configShape]
}

// createConfig saves an assistant's configuration; a second one for the same assistant is a conflict.
func (g *Gateway) createConfig(ctx context.Context, in *createConfigIn) (*configAnswer, error) {
	tenantID := tenantOf(ctx)
	body, err := ownConfigMembers(in.Body.raw, tenantID, "")
	if err != nil {
		return nil, err
	}
	config, err := followup.ParseConfig(body)
	if err != nil {
		return nil, err
	}
	saved, warnings, err := g.create(ctx, flows.ConfigDocument, func(channels []chat.Channel) (prepared, error) {
		return g.prepareConfig(ctx, tenantID, channels, &config, references{})
	})
	if fault.Is(err, fault.Conflict) {
		err = fault.New(fault.Conflict, configTaken)
	}
	if err != nil {
		return nil, err
	}
	if err := g.keepForAssistant(ctx, saved); err != nil {
		return nil, err
	}
	return g.answerConfig(ctx, saved, warnings, 201)
}

// keepForAssistant takes a new configuration back if its assistant was removed while it was saved. A change needs no
// second look: it looks for the assistant within its own step, which no removal can run beside.
func (g *Gateway) keepForAssistant(ctx context.Context, saved flows.Document) error {
	ctx = context.WithoutCancel(ctx)
	_, gone := g.assistantOf(ctx, saved.TenantID, saved.Key)
	if !fault.Is(gone, fault.Invalid) {
		return gone
	}
	if err := g.deleteDocument(ctx, saved, reasonAssistantDeleted); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return gone
}

// ownConfigMembers takes out what callers may send back as they got it, and what only retoma says; id is the
// configuration that is changed, empty for a new one. No tenant is ever taken from the body.
func ownConfigMembers(raw json.RawMessage, tenantID, id string) (json.RawMessage, error) {
	if firstByte(raw) != '{' {
		return raw, nil // the parser of the format says what is wrong with it
	}
	given, err := members(raw)
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

func (g *Gateway) deleteConfigsOf(ctx context.Context, tenantID, assistantID string) error {
	documents, err := g.Store.Documents(ctx, tenantID, flows.ConfigDocument)
	if err != nil {
		return err
	}
	theirs := slices.DeleteFunc(documents, func(d flows.Document) bool {
		config, err := followup.ParseConfig(d.Body)
		return err != nil || !strings.EqualFold(config.AssistantID, assistantID)
	})
	for _, document := range theirs {
		if err := g.deleteDocument(ctx, document, reasonAssistantDeleted); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// reasonAssistantDeleted is why contacts leave the follow-up of an assistant that is no more.
const reasonAssistantDeleted = "assistente removido"
