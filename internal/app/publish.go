package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"retoma/flows"
	"retoma/internal/catalog"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// publish publishes the flow documents of a folder for the first tenant: a new one as version 1, a changed one as a new
// version, an unchanged one not at all. One that does not compile stops the start, naming file and place.
func (a *App) publish(ctx context.Context, folder string) error {
	files, err := flowFiles(folder)
	if err != nil {
		return err
	}
	tenants, err := a.parts.Store.Tenants(ctx)
	if err != nil {
		return err
	}
	if len(tenants) == 0 {
		return fmt.Errorf("--flows needs a tenant: start once with RETOMA_BOOTSTRAP_KEY or with the demonstration")
	}
	for _, file := range files {
		if err := a.publishFile(ctx, tenants[0], file); err != nil {
			return fmt.Errorf("publishing %s: %w", file, err)
		}
	}
	return nil
}

// flowFiles are the flow documents of a folder. A conversation.json beside a flow is its rehearsal (retoma flow play), not a flow.
func flowFiles(folder string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	files := slices.DeleteFunc(found, func(file string) bool { return filepath.Base(file) == "conversation.json" })
	if len(files) == 0 {
		return nil, fmt.Errorf("--flows %s: no flow documents (*.json) there", folder)
	}
	return files, nil
}

// checkFlows compiles every document of the folder without publishing anything.
func (a *App) checkFlows() error {
	if a.config.Flows == "" {
		return nil
	}
	files, err := flowFiles(a.config.Flows)
	if err != nil {
		return err
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if kind := catalog.KindOf(body); kind != flows.FlowDocument {
			return fmt.Errorf("publishing %s: it is a %s, not a flow; --flows publishes flows, the API the other formats", file, kind)
		}
		if _, err := a.parts.Catalog.Compile(flows.Document{Kind: flows.FlowDocument, Body: body}); err != nil {
			return fmt.Errorf("publishing %s: %w", file, err)
		}
	}
	return nil
}

func (a *App) publishFile(ctx context.Context, tenant chat.Tenant, file string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	key := strings.TrimSuffix(filepath.Base(file), ".json")
	var named struct {
		Name    string `json:"name"`
		Channel string `json:"channel"`
	}
	if err := json.Unmarshal(body, &named); err != nil {
		return err
	}
	known, err := a.parts.Store.DocumentByKey(ctx, tenant.ID, flows.FlowDocument, key)
	if fault.Is(err, fault.NotFound) {
		created, err := a.parts.Store.CreateDocument(ctx, flows.Document{
			ID: chat.NewID(), TenantID: tenant.ID, Kind: flows.FlowDocument, Key: key, Name: named.Name, ChannelID: named.Channel, Active: true, Body: body,
		})
		a.log.Info("flow published", "file", file, "flow", created.ID, "version", created.Version)
		return err
	}
	if err != nil {
		return err
	}
	changed, err := a.parts.Store.ChangeDocument(ctx, tenant.ID, known.ID, func(d *flows.Document) error {
		d.Name, d.ChannelID, d.Active = named.Name, named.Channel, true
		if string(d.Body) != string(body) {
			d.Body = body
		}
		return nil
	})
	if err == nil && changed.Version != known.Version {
		a.log.Info("flow published", "file", file, "flow", known.ID, "version", changed.Version)
	}
	return err
}
