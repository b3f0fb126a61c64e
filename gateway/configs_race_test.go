package gateway_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway"
	"retoma/internal/chat"
	"retoma/internal/store/storetest"
)

// meeting is a store in which something happens just before a document or an assistant is written, once.
type meeting struct {
	gateway.Store
	beforeDocument, beforeAssistant func()
}

func once(do *func()) {
	if happens := *do; happens != nil {
		*do = nil
		happens()
	}
}

func (m *meeting) CreateDocument(ctx context.Context, d flows.Document) (flows.Document, error) {
	once(&m.beforeDocument)
	return m.Store.CreateDocument(ctx, d)
}

func (m *meeting) ChangeDocument(ctx context.Context, tenantID, id string, change func(*flows.Document) error) (flows.Document, error) {
	once(&m.beforeDocument)
	return m.Store.ChangeDocument(ctx, tenantID, id, change)
}

func (m *meeting) ChangeAssistant(ctx context.Context, tenantID, id string, change func(*chat.Assistant) error) (chat.Assistant, error) {
	once(&m.beforeAssistant)
	return m.Store.ChangeAssistant(ctx, tenantID, id, change)
}

func TestNoConfigOutlivesItsAssistant(t *testing.T) {
	ours := func(h *house) (met *meeting, weak *house, kept, gone string) {
		met = &meeting{Store: h.store}
		return met, h.with(met), h.assistant(h.ours, nil).text("id"), h.assistant(h.ours, nil).text("id")
	}
	t.Run("the assistant goes while its config is saved", func(t *testing.T) {
		h := newHouse(t)
		met, weak, _, gone := ours(h)
		met.beforeDocument = func() { h.done(200, "DELETE", "/api/assistants/"+gone, h.ours.admin, nil) }
		found := weak.refused(400, "assistente não encontrado", "POST", configsPath, h.ours.admin, newConfig(gone, h.ours.channel, nil))
		require.Equal(t, "assistant_id", found.body["field"])
		require.Empty(t, h.allConfigs())
	})
	t.Run("the assistant goes while a config passes to it", func(t *testing.T) {
		h := newHouse(t)
		met, weak, kept, gone := ours(h)
		id := h.config(h.ours, object{"assistant_id": kept}).text("id")
		met.beforeDocument = func() { h.done(200, "DELETE", "/api/assistants/"+gone, h.ours.admin, nil) }
		weak.refused(400, "assistente não encontrado", "PUT", configsPath+"/"+id, h.ours.admin, object{"assistant_id": gone})
		require.Equal(t, kept, h.allConfigs()[0].(object)["assistant_id"])
	})
	t.Run("a config is saved while its assistant goes", func(t *testing.T) {
		h := newHouse(t)
		met, weak, _, gone := ours(h)
		met.beforeAssistant = func() { h.done(201, "POST", configsPath, h.ours.admin, newConfig(gone, h.ours.channel, nil)) }
		weak.done(200, "DELETE", "/api/assistants/"+gone, h.ours.admin, nil)
		require.Empty(t, h.allConfigs())
	})
	t.Run("a config passes to an assistant that goes", func(t *testing.T) {
		h := newHouse(t)
		met, weak, kept, gone := ours(h)
		id := h.config(h.ours, object{"assistant_id": kept}).text("id")
		met.beforeAssistant = func() { h.done(200, "PUT", configsPath+"/"+id, h.ours.admin, object{"assistant_id": gone}) }
		weak.done(200, "DELETE", "/api/assistants/"+gone, h.ours.admin, nil)
		require.Empty(t, h.allConfigs())
	})
}

// Whatever the order, in the end there is no config without its assistant, and what was refused changed nothing.
func TestConfigsAndAssistantsMeetInEveryOrder(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h := newHouseAt(t, storetest.Address(t, engine), start)
			for range 15 {
				kept, first, second := h.assistant(h.ours, nil).text("id"), h.assistant(h.ours, nil).text("id"), h.assistant(h.ours, nil).text("id")
				moved := h.config(h.ours, object{"assistant_id": kept}).text("id")
				var made, changed answer
				var together sync.WaitGroup
				together.Go(func() { made = h.call("POST", configsPath, h.ours.admin, newConfig(first, h.ours.channel, nil)) })
				together.Go(func() { changed = h.call("PUT", configsPath+"/"+moved, h.ours.admin, object{"assistant_id": second}) })
				together.Go(func() { h.done(200, "DELETE", "/api/assistants/"+first, h.ours.admin, nil) })
				together.Go(func() { h.done(200, "DELETE", "/api/assistants/"+second, h.ours.admin, nil) })
				together.Wait()
				require.Contains(t, []int{201, 400}, made.status, made.raw)
				require.Contains(t, []int{200, 400}, changed.status, changed.raw)
				left := h.allConfigs()
				if changed.status == 200 {
					require.Empty(t, left)
					continue
				}
				require.Len(t, left, 1)
				require.Equal(t, kept, left[0].(object)["assistant_id"])
				h.done(204, "DELETE", configsPath+"/"+moved, h.ours.admin, nil)
			}
		})
	}
}
