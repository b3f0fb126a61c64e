package authoring_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/flows"
	"retoma/gateway"
	"retoma/gateway/gatewaytest"
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
		met = &meeting{Store: h.Store}
		return met, &house{h.With(met)}, h.Assistant(h.Ours, nil).Text("id"), h.Assistant(h.Ours, nil).Text("id")
	}
	t.Run("the assistant goes while its config is saved", func(t *testing.T) {
		h := newHouse(t)
		met, weak, _, gone := ours(h)
		met.beforeDocument = func() { h.Done(200, "DELETE", "/api/assistants/"+gone, h.Ours.Admin, nil) }
		found := weak.Refused(400, "assistente não encontrado", "POST", gatewaytest.ConfigsPath, h.Ours.Admin, gatewaytest.NewConfig(gone, h.Ours.Channel, nil))
		require.Equal(t, "assistant_id", found.Body["field"])
		require.Empty(t, h.AllConfigs())
	})
	t.Run("the assistant goes while a config passes to it", func(t *testing.T) {
		h := newHouse(t)
		met, weak, kept, gone := ours(h)
		id := h.Config(h.Ours, object{"assistant_id": kept}).Text("id")
		met.beforeDocument = func() { h.Done(200, "DELETE", "/api/assistants/"+gone, h.Ours.Admin, nil) }
		weak.Refused(400, "assistente não encontrado", "PUT", gatewaytest.ConfigsPath+"/"+id, h.Ours.Admin, object{"assistant_id": gone})
		require.Equal(t, kept, h.AllConfigs()[0].(object)["assistant_id"])
	})
	t.Run("a config is saved while its assistant goes", func(t *testing.T) {
		h := newHouse(t)
		met, weak, _, gone := ours(h)
		met.beforeAssistant = func() {
			h.Done(201, "POST", gatewaytest.ConfigsPath, h.Ours.Admin, gatewaytest.NewConfig(gone, h.Ours.Channel, nil))
		}
		weak.Done(200, "DELETE", "/api/assistants/"+gone, h.Ours.Admin, nil)
		require.Empty(t, h.AllConfigs())
	})
	t.Run("a config passes to an assistant that goes", func(t *testing.T) {
		h := newHouse(t)
		met, weak, kept, gone := ours(h)
		id := h.Config(h.Ours, object{"assistant_id": kept}).Text("id")
		met.beforeAssistant = func() { h.Done(200, "PUT", gatewaytest.ConfigsPath+"/"+id, h.Ours.Admin, object{"assistant_id": gone}) }
		weak.Done(200, "DELETE", "/api/assistants/"+gone, h.Ours.Admin, nil)
		require.Empty(t, h.AllConfigs())
	})
}

// Whatever the order, in the end there is no config without its assistant, and what was refused changed nothing.
func TestConfigsAndAssistantsMeetInEveryOrder(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h := newHouseAt(t, storetest.Address(t, engine), gatewaytest.Start)
			for range 15 {
				kept, first, second := h.Assistant(h.Ours, nil).Text("id"), h.Assistant(h.Ours, nil).Text("id"), h.Assistant(h.Ours, nil).Text("id")
				moved := h.Config(h.Ours, object{"assistant_id": kept}).Text("id")
				var made, changed answer
				var together sync.WaitGroup
				together.Go(func() {
					made = h.Call("POST", gatewaytest.ConfigsPath, h.Ours.Admin, gatewaytest.NewConfig(first, h.Ours.Channel, nil))
				})
				together.Go(func() {
					changed = h.Call("PUT", gatewaytest.ConfigsPath+"/"+moved, h.Ours.Admin, object{"assistant_id": second})
				})
				together.Go(func() { h.Done(200, "DELETE", "/api/assistants/"+first, h.Ours.Admin, nil) })
				together.Go(func() { h.Done(200, "DELETE", "/api/assistants/"+second, h.Ours.Admin, nil) })
				together.Wait()
				require.Contains(t, []int{201, 400}, made.Status, made.Raw)
				require.Contains(t, []int{200, 400}, changed.Status, changed.Raw)
				left := h.AllConfigs()
				if changed.Status == 200 {
					require.Empty(t, left)
					continue
				}
				require.Len(t, left, 1)
				require.Equal(t, kept, left[0].(object)["assistant_id"])
				h.Done(204, "DELETE", gatewaytest.ConfigsPath+"/"+moved, h.Ours.Admin, nil)
			}
		})
	}
}
