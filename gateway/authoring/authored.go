package authoring

import (
	"context"
	"encoding/json"

	"retoma/flows"
	"retoma/gateway/web"
	"retoma/internal/chat"
)

// What models, rules and configurations have in common: they are prepared, saved, and changed in one step.

// prepared is a document of an authoring format that may be saved.
type prepared struct {
	// key is unique among a tenant's documents of the kind; empty for kinds without one.
	key       string
	name      string
	channelID string
	active    bool
	body      json.RawMessage
	// warnings tell what will probably not work.
	warnings []string
}

func (p prepared) into(d *flows.Document) {
	d.Key, d.Name, d.ChannelID, d.Active, d.Body = p.key, p.name, p.channelID, p.active, p.body
}

// bodyOf is how a document is stored. It is compiled once, so that mistakes in texts and conditions are told with their
// paths now, and not when the first message is due.
func (h *Handlers) bodyOf(kind flows.DocumentKind, authored any) (json.RawMessage, error) {
	body, err := json.Marshal(authored)
	if err != nil {
		return nil, err
	}
	_, err = h.Catalog.Compile(flows.Document{Kind: kind, Body: body})
	return body, err
}

// create saves a new document of the caller's tenant; channels are the tenant's.
func (h *Handlers) create(ctx context.Context, kind flows.DocumentKind,
	prepare func(channels []chat.Channel) (prepared, error),
) (flows.Document, []string, error) {
	document := flows.Document{ID: h.NewID(), TenantID: web.TenantOf(ctx), Kind: kind}
	channels, err := h.Store.Channels(ctx, document.TenantID)
	if err != nil {
		return document, nil, err
	}
	ready, err := prepare(channels)
	if err != nil {
		return document, nil, err
	}
	ready.into(&document)
	saved, err := h.Store.CreateDocument(ctx, document)
	return saved, ready.warnings, err
}

// revision is what a change makes of a document.
type revision struct {
	prepared
	// removed are the ids of the steps that it has no more.
	removed []string
	// stop is the reason with which everything under way ends; empty if it goes on.
	stop string
}

// revise changes a document in one step: read, changed, checked and written, whatever else happens to it meanwhile.
// Contacts under way follow the newest version. channels are the tenant's.
func (h *Handlers) revise(ctx context.Context, found flows.Document,
	change func(d flows.Document, channels []chat.Channel) (revision, error),
) (flows.Document, []string, error) {
	channels, err := h.Store.Channels(ctx, found.TenantID)
	if err != nil {
		return found, nil, err
	}
	var made revision
	saved, err := h.Store.ChangeDocument(ctx, found.TenantID, found.ID, func(d *flows.Document) (err error) {
		if made, err = change(*d, channels); err != nil {
			return err
		}
		made.into(d)
		d.Removed = made.removed
		return nil
	})
	if err == nil && made.stop != "" {
		err = h.stopFlow(ctx, saved, made.stop)
	}
	return saved, made.warnings, err
}
