package gateway

import (
	"context"
	"time"

	"retoma/actions"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

type templateStore interface {
	Templates(ctx context.Context, tenantID, channelID string) ([]chat.Template, error)
	Template(ctx context.Context, tenantID, id string) (chat.Template, error)
	SaveTemplates(ctx context.Context, tenantID, channelID string, templates []chat.Template) error
}

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

func (g *Gateway) listTemplates(ctx context.Context, in *templatesIn) (*Answer[[]templateView], error) {
	channelID := ""
	if in.ChannelID != "" {
		channel, err := g.channelAt(ctx, in.ChannelID)
		if err != nil {
			return nil, err
		}
		channelID = channel.ID
	}
	all, err := g.Store.Templates(ctx, tenantOf(ctx), channelID)
	if err != nil {
		return nil, err
	}
	return ok(viewed(all, viewTemplate))
}

func (g *Gateway) listChannelTemplates(ctx context.Context, in *byID) (*Answer[[]templateView], error) {
	channel, err := g.channelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return g.listTemplates(ctx, &templatesIn{ChannelID: channel.ID})
}

// syncTemplates makes the stored templates those of the provider.
func (g *Gateway) syncTemplates(ctx context.Context, in *byID) (*Answer[[]templateView], error) {
	channel, err := g.channelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	has, err := g.readTemplates(ctx, channel)
	if err == nil && !has {
		err = fault.New(fault.Impossible, "o provedor %q não tem templates", channel.Provider)
	}
	if err != nil {
		return nil, err
	}
	return g.listTemplates(ctx, &templatesIn{ChannelID: channel.ID})
}

type previewIn struct {
	ID   string `path:"id"`
	Body struct {
		Variables Values `json:"variables,omitzero"`
	}
}

type previewView struct {
	Text string `json:"text" doc:"o texto como o cliente vai ler"`
}

// previewTemplate fills a template in without sending it; what is missing is fault.TemplateParams.
func (g *Gateway) previewTemplate(ctx context.Context, in *previewIn) (*Answer[previewView], error) {
	id, err := pathID(in.ID, templateMissing)
	if err != nil {
		return nil, err
	}
	if err := in.Body.Variables.check("variables"); err != nil {
		return nil, err
	}
	template, err := g.Store.Template(ctx, tenantOf(ctx), id)
	if err != nil {
		return nil, err
	}
	_, text, err := actions.FillTemplate(template, in.Body.Variables.given)
	if err != nil {
		return nil, err
	}
	return ok(previewView{Text: text})
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
func (g *Gateway) sessionStatus(ctx context.Context, in *sessionIn) (*Answer[sessionView], error) {
	channel, err := g.channelAt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	who, err := byPhone("to", in.To, regionOf(channel))
	if err != nil {
		return nil, err
	}
	o := outgoing{tenantID: channel.TenantID, channel: channel, person: who}
	if err := g.meet(ctx, &o); err != nil {
		return nil, err
	}
	open := !g.hasWindow(channel) || o.conversation.WindowOpen(g.Now())
	blocked := blockedBy(channel, o.contact, open, g.Now())
	return ok(sessionView{
		CanSendFreeform: open && blocked == nil, RequiresTemplate: !open, Blocked: blocked,
		LastCustomerMessageAt: when(o.conversation.CustomerAt), WindowClosesAt: when(o.conversation.WindowClosesAt()),
	})
}
