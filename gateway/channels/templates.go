package channels

import (
	"context"
	"time"

	"retoma/actions"
	"retoma/gateway/outgoing"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

const templateMissing = "Template não encontrado"

type templateView struct {
	ID         string                `json:"id"`
	ChannelID  string                `json:"channelId"`
	Name       string                `json:"name"`
	Language   string                `json:"language"`
	Category   string                `json:"category"`
	Status     string                `json:"status"`
	Quality    string                `json:"quality,omitempty" doc:"GREEN, YELLOW, RED, UNKNOWN"`
	Reason     string                `json:"reason,omitempty" doc:"por que foi recusado ou pausado"`
	Unsendable string                `json:"unsendable,omitempty" doc:"a parte que ainda não é possível preencher por aqui"`
	HeaderType string                `json:"headerType,omitempty"`
	HeaderText string                `json:"headerText,omitempty"`
	BodyText   string                `json:"bodyText"`
	FooterText string                `json:"footerText,omitempty"`
	Buttons    []chat.TemplateButton `json:"buttons,omitempty"`
	Cards      []chat.TemplatePart   `json:"cards,omitempty" doc:"os cartões de um carrossel"`
	Offer      *chat.TemplateOffer   `json:"offer,omitempty"`
	Variables  []actions.Variable    `json:"variables"`
	SyncedAt   time.Time             `json:"syncedAt"`
}

func viewTemplate(t chat.Template) templateView {
	view := templateView{
		ID: t.ID, ChannelID: t.ChannelID, Name: t.Name, Language: t.Language, Category: t.Category, Status: t.Status, Quality: t.Quality, Reason: t.Reason,
		Unsendable: t.Beyond, Cards: t.Cards, Offer: t.Offer,
		HeaderType: t.HeaderType, HeaderText: t.HeaderText, BodyText: t.BodyText, FooterText: t.FooterText, Buttons: t.Buttons,
		Variables: actions.VariablesOf(t), SyncedAt: t.SyncedAt.UTC(),
	}
	if view.Variables == nil {
		view.Variables = []actions.Variable{}
	}
	return view
}

type templatesIn struct {
	ChannelID string `query:"channelId" doc:"só os deste canal"`
}

func (h *Handlers) listTemplates(ctx context.Context, in *templatesIn) (*web.Answer[[]templateView], error) {
	channelID := ""
	if in.ChannelID != "" {
		channel, err := h.ChannelAt(ctx, in.ChannelID)
		if err != nil {
			return nil, err
		}
		channelID = channel.ID
	}
	all, err := h.Store.Templates(ctx, web.TenantOf(ctx), channelID)
	if err != nil {
		return nil, err
	}
	return web.OK(web.Viewed(all, viewTemplate))
}

func (h *Handlers) listChannelTemplates(ctx context.Context, in *web.ByID) (*web.Answer[[]templateView], error) {
	channel, err := h.ChannelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return h.listTemplates(ctx, &templatesIn{ChannelID: channel.ID})
}

// syncTemplates makes the stored templates those of the provider.
func (h *Handlers) syncTemplates(ctx context.Context, in *web.ByID) (*web.Answer[[]templateView], error) {
	channel, err := h.ChannelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	has, err := h.readTemplates(ctx, channel)
	if err == nil && !has {
		err = fault.New(fault.Impossible, "o provedor %q não tem templates", channel.Provider)
	}
	if err != nil {
		return nil, err
	}
	return h.listTemplates(ctx, &templatesIn{ChannelID: channel.ID})
}

type previewIn struct {
	ID   string `path:"id"`
	Body struct {
		Variables outgoing.Values `json:"variables,omitzero"`
	}
}

type previewView struct {
	Text string `json:"text" doc:"o texto como o cliente vai ler"`
}

// previewTemplate fills a template in without sending it; what is missing is fault.TemplateParams.
func (h *Handlers) previewTemplate(ctx context.Context, in *previewIn) (*web.Answer[previewView], error) {
	id, err := web.PathID(in.ID, templateMissing)
	if err != nil {
		return nil, err
	}
	if err := in.Body.Variables.Check("variables"); err != nil {
		return nil, err
	}
	template, err := h.Store.Template(ctx, web.TenantOf(ctx), id)
	if err != nil {
		return nil, err
	}
	_, text, err := actions.FillTemplate(template, in.Body.Variables.Given)
	if err != nil {
		return nil, err
	}
	return web.OK(previewView{Text: text})
}

type sessionIn struct {
	ID string `path:"id"`
	To string `query:"to" required:"true" doc:"telefone do cliente"`
}

type sessionView struct {
	CanSendFreeform       bool       `json:"canSendFreeform"`
	RequiresTemplate      bool       `json:"requiresTemplate"`
	LastCustomerMessageAt *time.Time `json:"lastCustomerMessageAt,omitempty"`
	WindowClosesAt        *time.Time `json:"windowClosesAt,omitempty"`
	Blocked               *limitView `json:"blocked,omitempty" doc:"por que nem uma mensagem livre nem um modelo chega a esta pessoa agora, e o que fazer"`
}

// sessionStatus tells whether a free-form message could be sent to a number now.
func (h *Handlers) sessionStatus(ctx context.Context, in *sessionIn) (*web.Answer[sessionView], error) {
	channel, err := h.ChannelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	who, err := people.ByPhone("to", in.To, people.RegionOf(channel))
	if err != nil {
		return nil, err
	}
	o := outgoing.Message{TenantID: channel.TenantID, Channel: channel, Person: who}
	if err := h.Meet(ctx, &o); err != nil {
		return nil, err
	}
	open := !h.HasWindow(channel) || o.Conversation.WindowOpen(h.Now())
	blocked := blockedBy(channel, o.Contact, open, h.Now())
	return web.OK(sessionView{
		CanSendFreeform: open && blocked == nil, RequiresTemplate: !open, Blocked: blocked,
		LastCustomerMessageAt: web.When(o.Conversation.CustomerAt), WindowClosesAt: web.When(o.Conversation.WindowClosesAt()),
	})
}
