package meta

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
	"retoma/internal/fault"
)

// calls are all ways by which the adapter calls an address that a channel names.
func calls(a *Adapter, channel chat.Channel) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"send":      func(ctx context.Context) error { _, err := a.Send(ctx, channel, greeting()); return err },
		"templates": func(ctx context.Context) error { _, err := a.Templates(ctx, channel); return err },
		"number":    func(ctx context.Context) error { _, _, err := a.Number(ctx, channel); return err },
		"read mark": func(ctx context.Context) error { return a.MarkRead(ctx, channel, "wamid.1", true) },
		"upload":    func(ctx context.Context) error { _, err := a.UploadMedia(ctx, channel, uploadOf("x")); return err },
		"file by id": func(ctx context.Context) error {
			_, err := a.FetchMedia(ctx, channel, chat.Media{ID: "1"}, 1<<20)
			return err
		},
		"file by link": func(ctx context.Context) error {
			_, err := a.FetchMedia(ctx, channel, chat.Media{Link: channel.Config[ConfigBaseURL] + "/files/1"}, 1<<20)
			return err
		},
	}
}

func TestInProductionNoTokenTravelsWithoutHTTPS(t *testing.T) {
	var reached atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer server.Close()
	channel := channelAt(server.URL)
	production := New(Options{Production: true})
	require.Equal(t, "config.baseUrl", fault.Of(production.CheckConfig(channel)).Field)
	require.NoError(t, production.CheckConfig(channelAt("https://proxy.example/graph")))
	require.NoError(t, production.CheckConfig(channelAt("")))
	for name, call := range calls(production, channel) {
		err := call(t.Context())
		require.Equal(t, fault.SenderOffline, fault.CodeOf(err), "%s: %v", name, err)
		require.Contains(t, fault.Of(err).Remedy, "https://", name)
	}
	require.Zero(t, reached.Load())
	findings, err := production.Check(t.Context(), channel, ourCallback)
	require.NoError(t, err)
	require.Len(t, findings, 1)
	require.Contains(t, findings[0].Message, "config.baseUrl")
	require.Zero(t, reached.Load())
}

// What a guard says is what callers hear: a number that is offline, and no outage of Meta, which would be tried again.
func TestEveryConnectionGoesThroughTheGuard(t *testing.T) {
	private := fault.New(fault.SenderOffline, "rede interna")
	private.Remedy = "peça ao operador"
	var dials atomic.Int64
	adapter := New(Options{Dial: func(context.Context, string, string) (net.Conn, error) { dials.Add(1); return nil, private }})
	channel := channelAt("https://inside.example")
	for name, call := range calls(adapter, channel) {
		before := dials.Load()
		require.ErrorIs(t, call(t.Context()), private, name)
		require.Greater(t, dials.Load(), before, name)
	}
	findings, err := adapter.Check(t.Context(), channel, "")
	require.NoError(t, err)
	for _, finding := range findings[1:] {
		require.False(t, finding.OK, finding.Check)
		require.Contains(t, finding.Message, "rede interna")
		require.Equal(t, "peça ao operador", finding.Remedy)
	}
	require.Equal(t, fault.SenderOffline, fault.CodeOf(adapter.Repair(t.Context(), channel)))
}

func TestAGuardKeepsTheConnections(t *testing.T) {
	server := httptest.NewServer(healthy(t))
	defer server.Close()
	var dials atomic.Int64
	adapter := New(Options{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}})
	for range 20 {
		_, _, err := adapter.Number(t.Context(), channelAt(server.URL))
		require.NoError(t, err)
	}
	require.Equal(t, int64(1), dials.Load())
}

func TestAProxyConnectsToNothingThatAChannelNames(t *testing.T) {
	proxy := toMetaOnly(http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:3128"}))
	for address, used := range map[string]bool{
		"https://graph.facebook.com/v25.0/1": true, "https://GRAPH.facebook.com/": true,
		"https://inside.example/v25.0/1": false, "http://graph.facebook.com/v25.0/1": false, "https://graph.facebook.com:8443/": false,
		"https://graph.facebook.com.example/": false, "https://10.0.0.1/": false,
	} {
		parsed, err := url.Parse(address)
		require.NoError(t, err)
		through, err := proxy(&http.Request{URL: parsed})
		require.NoError(t, err)
		require.Equal(t, used, through != nil, address)
	}
}
