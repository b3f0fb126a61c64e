package sandbox

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestARestartLosesNothing(t *testing.T) {
	before := newWorld(t, func(o *Options) {
		o.Delays = &Delays{Delivered: time.Hour}
		o.Retry = Retry{Base: time.Hour, Cap: time.Hour}
	})
	before.callback.refuse = 1_000
	unheard := before.write(Incoming{Text: "oi", Name: "Ana", Type: "image", Link: "https://ex.com/a.png"})
	before.faults(`{"latencyMs":1,"phoneNumberId":"77"}`)
	onItsWay := before.sendText(customer, "a caminho")
	before.sandbox.Close()
	saved, err := before.sandbox.Snapshot()
	require.NoError(t, err)

	after := newWorld(t, func(o *Options) { o.Seed = 7 })
	require.NoError(t, after.sandbox.Restore(saved))
	after.settle()
	require.Len(t, after.sandbox.Messages(customer), 2)
	require.Equal(t, "Ana", after.sandbox.Phones(1)[0].Name)
	require.Equal(t, []string{"sent", "delivered"}, after.callback.statuses(onItsWay), "told at the address of today")
	heard := after.callback.messages()
	require.Len(t, heard, 1)
	require.Equal(t, unheard, heard[0].ID)
	require.Equal(t, 1, after.sandbox.Faults("77").LatencyMs)
	require.Equal(t, 200, after.send(plainText).status, "the window is still open")
	require.NotEqual(t, onItsWay, after.sandbox.Sent(customer)[1].ID, "the same seed makes no id twice")
	require.Contains(t, after.call("GET", "/graph/v23.0/"+heard[0].Image.ID, token, "").raw, "https://ex.com/a.png")
	require.ErrorContains(t, after.sandbox.Restore(saved), "sem mensagens")
	after.settle()
}

func TestARestoredStateIsTheStateSaved(t *testing.T) {
	first := opened(t, withMoreTemplates)
	require.NoError(t, first.sandbox.Register(Business{PhoneNumberID: "5", WabaID: "6", DisplayPhoneNumber: "551140040002", AccessToken: "x", Unsubscribed: true,
		Templates: moreTemplates()}))
	require.Equal(t, 200, first.send(templateBody("retomada", goodRetomada)).status)
	first.settle()
	saved, err := first.sandbox.Snapshot()
	require.NoError(t, err)

	second := New(Options{Clock: first.clock.Now, Seed: 7, Delays: &Delays{}})
	defer second.Close()
	require.NoError(t, second.Restore(saved))
	want, err := json.Marshal(first.sandbox.Businesses())
	require.NoError(t, err)
	got, err := json.Marshal(second.Businesses())
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))
	require.Equal(t, first.sandbox.Messages(customer), second.Messages(customer))
	require.Equal(t, first.sandbox.Phones(5), second.Phones(5))
}

func TestABrokenSnapshotIsRefused(t *testing.T) {
	w := newWorld(t)
	require.Error(t, w.sandbox.Restore([]byte(`{`)))
	require.ErrorContains(t, w.sandbox.Restore([]byte(`{"version":9}`)), "versão 9")
}
