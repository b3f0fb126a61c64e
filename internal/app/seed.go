package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider/meta"
	"retoma/internal/provider/sandbox"
)

// Welcome is what the first start says once.
type Welcome struct {
	Key   string // the admin API key; empty when it was given by RETOMA_BOOTSTRAP_KEY
	Model int64  // the demonstration model's number
}

// demoPhone is the customer of the demonstration.
const demoPhone = "5511999990001"

// demoMemory is where the installation remembers its demonstration channel.
const demoMemory = "demo.channel"

// seed makes the first tenant: the demonstration in development, or an empty one whose admin key was given.
func (a *App) seed(ctx context.Context) error {
	tenants, err := a.parts.Store.Tenants(ctx)
	if err != nil {
		return err
	}
	demo := a.parts.Sandbox != nil && a.config.Demo
	if len(tenants) == 0 && (demo || a.config.Bootstrap != "") {
		if err := a.firstTenant(ctx, demo); err != nil {
			return fmt.Errorf("making the first tenant: %w", err)
		}
	}
	if a.parts.Sandbox == nil {
		return nil
	}
	return a.connectDemo(ctx)
}

func (a *App) firstTenant(ctx context.Context, demo bool) error {
	name := "Principal"
	if demo {
		name = "Demonstração"
	}
	tenant := chat.Tenant{ID: chat.NewID(), Name: name, Settings: chat.Settings{Timezone: a.config.Timezone}}
	if err := a.parts.Store.CreateTenant(ctx, tenant); err != nil {
		return err
	}
	key := a.config.Bootstrap
	a.Welcome = &Welcome{}
	if key == "" {
		key = "rtm_" + randomText(24)
		a.Welcome.Key = key
	}
	hash := sha256.Sum256([]byte(key))
	err := a.parts.Store.CreateAPIKey(ctx, chat.APIKey{
		ID: chat.NewID(), TenantID: tenant.ID, Name: "admin", Hash: hex.EncodeToString(hash[:]), Role: chat.RoleAdmin, Installer: true,
	})
	if err != nil || !demo {
		return err
	}
	return a.demonstration(ctx, tenant)
}

// demonstration makes a channel of the simulated WhatsApp, its templates and a model whose first message is due at once.
func (a *App) demonstration(ctx context.Context, tenant chat.Tenant) error {
	channel := chat.Channel{
		ID: chat.NewID(), TenantID: tenant.ID, Name: "WhatsApp simulado", Provider: meta.Name, Phone: "+551140040001",
		Account: "106540352242922", Token: randomText(16), Online: true, OnUnconfirmed: chat.UnconfirmedHold,
		PerSecond: 80, Config: map[string]string{meta.ConfigBaseURL: "", meta.ConfigWABA: "102290129340398"},
		Secrets: map[string]string{
			meta.SecretAccessToken: randomText(24), meta.SecretAppSecret: randomText(24), meta.SecretVerifyToken: randomText(12),
		},
	}
	if err := a.parts.Store.CreateChannel(ctx, channel); err != nil {
		return err
	}
	if err := a.parts.Store.SaveTemplates(ctx, tenant.ID, channel.ID, demoTemplates()); err != nil {
		return err
	}
	body, err := json.Marshal(demoModel(channel.ID))
	if err != nil {
		return err
	}
	document, err := a.parts.Store.CreateDocument(ctx, flows.Document{
		ID: chat.NewID(), TenantID: tenant.ID, Kind: flows.ModelDocument, Name: "Demonstração: orçamento enviado", ChannelID: channel.ID, Active: true, Body: body,
	})
	if err != nil {
		return err
	}
	a.Welcome.Model = document.Number
	return a.parts.Store.Remember(ctx, demoMemory, tenant.ID+" "+channel.ID)
}

// loadScenario lets the simulated WhatsApp begin what a file says, after the demonstration's business is there.
func (a *App) loadScenario(ctx context.Context) error {
	if a.config.Scenario == "" {
		return nil
	}
	document, err := os.ReadFile(a.config.Scenario)
	if err != nil {
		return fmt.Errorf("RETOMA_SANDBOX_SCENARIO: %w", err)
	}
	if err := a.parts.Sandbox.Load(ctx, document); err != nil {
		problem := fault.Of(err)
		return fmt.Errorf("RETOMA_SANDBOX_SCENARIO: %s: %s %s", a.config.Scenario, problem.Field, problem.Message)
	}
	return nil
}

// connectDemo lets the simulated WhatsApp and its channel know each other, at whatever address the process listens now.
func (a *App) connectDemo(ctx context.Context) error {
	remembered, err := a.parts.Store.Recall(ctx, demoMemory)
	if err != nil || remembered == "" {
		return err
	}
	var tenantID, channelID string
	if _, err := fmt.Sscan(remembered, &tenantID, &channelID); err != nil {
		return fmt.Errorf("reading where the demonstration is: %w", err)
	}
	base := a.config.PublicURL
	if base == "" {
		base = a.URL()
	}
	channel, err := a.parts.Store.Channel(ctx, tenantID, channelID)
	if fault.Is(err, fault.NotFound) {
		return nil // somebody deleted the demonstration channel; there is nothing to connect
	}
	if err != nil {
		return err
	}
	if channel.Config[meta.ConfigBaseURL] != base+"/sandbox/graph" {
		channel, err = a.parts.Store.ChangeChannel(ctx, tenantID, channelID, func(c *chat.Channel) error {
			c.Config[meta.ConfigBaseURL] = base + "/sandbox/graph"
			return nil
		})
		if err != nil {
			return err
		}
	}
	return a.parts.Sandbox.Register(sandbox.Business{
		PhoneNumberID: channel.Account, WabaID: channel.Config[meta.ConfigWABA], DisplayPhoneNumber: channel.Phone, VerifiedName: "Loja Demonstração",
		AccessToken: channel.Secrets[meta.SecretAccessToken], AppSecret: channel.Secrets[meta.SecretAppSecret],
		CallbackURL: base + "/webhooks/" + meta.Name + "/" + channel.Token, VerifyToken: channel.Secrets[meta.SecretVerifyToken],
		ChannelID: channel.ID, Templates: simulatedTemplates(),
	})
}
