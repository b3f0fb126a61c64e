package gateway

import (
	"context"

	"retoma/internal/chat"
	"retoma/internal/desk"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// applyNotice applies news about templates, accounts and preferences (providers.md section 1.6). What is not understood
// is passed over: it is news, not a message.
func (g *Gateway) applyNotice(ctx context.Context, router itemRouter, notice provider.Notice) error {
	switch notice.Field {
	case "message_template_status_update":
		return g.templateStatus(ctx, router, notice)
	case "account_update":
		return g.accountUpdate(ctx, router, notice)
	case "user_preferences":
		return g.preference(ctx, router, notice)
	}
	return nil
}

func textIn(data map[string]any, name string) string {
	text, _ := data[name].(string)
	return text
}

func (g *Gateway) templateStatus(ctx context.Context, router itemRouter, notice provider.Notice) error {
	name, language, status := textIn(notice.Data, "message_template_name"), textIn(notice.Data, "message_template_language"), textIn(notice.Data, "event")
	if name == "" || status == "" {
		return nil
	}
	for _, channel := range router.channels(notice.Account) {
		if err := g.Store.SetTemplateStatus(ctx, channel.TenantID, channel.ID, name, language, status); err != nil {
			return err
		}
	}
	return nil
}

// accountUpdate takes channels off line that the provider will refuse, and back when it says so.
func (g *Gateway) accountUpdate(ctx context.Context, router itemRouter, notice provider.Notice) error {
	online, reason, understood := accountState(notice.Data)
	if !understood {
		return nil
	}
	for _, channel := range router.channels(notice.Account) {
		_, err := g.Store.ChangeChannel(ctx, channel.TenantID, channel.ID, func(c *chat.Channel) error {
			c.Online, c.OfflineReason = online, reason
			return nil
		})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

func accountState(data map[string]any) (online bool, reason string, understood bool) {
	switch event := textIn(data, "event"); event {
	case "DISABLED_UPDATE":
		ban, _ := data["ban_info"].(map[string]any)
		if textIn(ban, "waba_ban_state") == "REINSTATE" {
			return true, "", true
		}
		return false, "a Meta desativou a conta (" + textIn(ban, "waba_ban_state") + ")", true
	case "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "PARTNER_REMOVED":
		return false, "a conta saiu do WhatsApp Business (" + event + ")", true
	case "ACCOUNT_RECONNECTED":
		return true, "", true
	}
	return false, "", false
}

// preference is a choice about marketing messages made in WhatsApp itself (domain.md section 6, opt-out).
func (g *Gateway) preference(ctx context.Context, router itemRouter, notice provider.Notice) error {
	phone, choice := textIn(notice.Data, "phone"), textIn(notice.Data, "value")
	if textIn(notice.Data, "category") != "marketing_messages" || phone == "" {
		return nil
	}
	for _, channel := range router.channels(notice.Account) {
		contact, err := g.Store.ContactByKeys(ctx, channel.TenantID, []chat.Key{chat.PhoneKey(phone)})
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = g.Store.ChangeContact(ctx, channel.TenantID, contact.ID, func(c *chat.Contact) error {
			switch {
			case choice == "stop" && c.OptOut == chat.OptOutNone:
				c.OptOut, c.OptOutAt = chat.OptOutMarketing, g.Now()
			case (choice == "resume" || choice == "signup") && c.OptOut == chat.OptOutMarketing:
				c.OptOut, c.OptOutAt = chat.OptOutNone, g.Now()
			}
			return nil
		})
		if err != nil {
			return err
		}
		g.Waker.Contact(desk.Ref{TenantID: channel.TenantID, ContactID: contact.ID})
	}
	return nil
}
