package outgoing

import (
	"encoding/json"
	"fmt"
	"strings"

	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// unmarked refuses, by the field, texts that hold a command or a variable that nobody fills in here: the customer would
// read them as they stand.
func unmarked(field string, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	var tree any
	if err := json.Unmarshal(encoded, &tree); err != nil {
		return err
	}
	return unmarkedTree(field, tree)
}

func unmarkedTree(field string, tree any) error {
	switch tree := tree.(type) {
	case string:
		if why := markedWhy(tree); why != "" {
			return fault.Field(field, "%s", why)
		}
	case []any:
		for i, item := range tree {
			if err := unmarkedTree(fmt.Sprintf("%s[%d]", field, i), item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range web.SortedKeys(tree) {
			if err := unmarkedTree(strings.TrimPrefix(field+"."+name, "."), tree[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// markedWhy says why a text may not go as it stands; empty if it may.
func markedWhy(text string) string {
	switch chat.Marks(text) {
	case "{{":
		return "tem uma variável ({{...}}), que aqui ninguém preenche: mande o texto pronto"
	case "#{":
		return "tem um comando (#{...}), que o cliente leria: comandos vão por POST /typebot/commands"
	}
	return ""
}
