package ai

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/internal/chat"
)

func TestWhoseEndpoint(t *testing.T) {
	installation := Endpoint{BaseURL: "http://ollama:11434/v1", APIKey: "inst", Model: "im"}
	for _, c := range []struct {
		name      string
		assistant chat.Assistant
		tenant    chat.AISettings
		want      Endpoint
	}{
		{"nobody's but the installation's", chat.Assistant{}, chat.AISettings{},
			Endpoint{BaseURL: "http://ollama:11434/v1", APIKey: "inst", Model: "im", Operator: true}},
		{"another model there", chat.Assistant{Model: "am"}, chat.AISettings{Model: "tm"},
			Endpoint{BaseURL: "http://ollama:11434/v1", APIKey: "inst", Model: "am", Operator: true}},
		{"an own key there", chat.Assistant{APIKey: "ak"}, chat.AISettings{APIKey: "tk"},
			Endpoint{BaseURL: "http://ollama:11434/v1", APIKey: "ak", Model: "im", Operator: true}},
		{"the tenant's", chat.Assistant{}, chat.AISettings{BaseURL: "https://t/v1", APIKey: "tk", Model: "tm"},
			Endpoint{BaseURL: "https://t/v1", APIKey: "tk", Model: "tm"}},
		{"the installation's key does not go to the tenant's address", chat.Assistant{}, chat.AISettings{BaseURL: "https://t/v1"},
			Endpoint{BaseURL: "https://t/v1", Model: "im"}},
		{"the tenant's key does not go to the assistant's", chat.Assistant{BaseURL: "https://a/v1"}, chat.AISettings{BaseURL: "https://t/v1", APIKey: "tk", Model: "tm"},
			Endpoint{BaseURL: "https://a/v1", Model: "tm"}},
		{"nor does a tenant's key without an address", chat.Assistant{BaseURL: "https://a/v1"}, chat.AISettings{APIKey: "tk"},
			Endpoint{BaseURL: "https://a/v1", Model: "im"}},
		{"unless it is the same address", chat.Assistant{BaseURL: "https://t/v1/"}, chat.AISettings{BaseURL: "https://t/v1", APIKey: "tk"},
			Endpoint{BaseURL: "https://t/v1/", APIKey: "tk", Model: "im"}},
		{"naming the operator's address takes it as it is", chat.Assistant{BaseURL: "http://ollama:11434/v1"}, chat.AISettings{},
			Endpoint{BaseURL: "http://ollama:11434/v1", APIKey: "inst", Model: "im", Operator: true}},
		{"the assistant's key goes to the tenant's address", chat.Assistant{APIKey: "ak", Model: "am"}, chat.AISettings{BaseURL: "https://t/v1", APIKey: "tk"},
			Endpoint{BaseURL: "https://t/v1", APIKey: "ak", Model: "am"}},
		{"space around is nothing", chat.Assistant{BaseURL: " ", Model: " "}, chat.AISettings{Model: " tm "},
			Endpoint{BaseURL: "http://ollama:11434/v1", APIKey: "inst", Model: "tm", Operator: true}},
	} {
		require.Equal(t, c.want, EndpointFor(c.assistant, c.tenant, installation), c.name)
	}
	require.Empty(t, EndpointFor(chat.Assistant{}, chat.AISettings{}, Endpoint{}).BaseURL)
	require.Error(t, EndpointFor(chat.Assistant{}, chat.AISettings{}, Endpoint{}).Check())
}
