package typebot

import (
	"bytes"
	"encoding/json"
	"strings"

	"retoma/internal/fault"
)

// Export is a Typebot as its editor exports it (Share, Export flow). Versions 3 to 6 have groups of blocks; versions 1 and 2
// called them blocks of steps.
type Export struct {
	Version   any              `json:"version"`
	Name      Word             `json:"name"`
	Groups    []ExportGroup    `json:"groups"`
	Blocks    []ExportGroup    `json:"blocks"`
	Edges     []ExportEdge     `json:"edges"`
	Variables []ExportVariable `json:"variables"`
}

// ExportGroup is a box of the editor.
type ExportGroup struct {
	ID     Word          `json:"id"`
	Title  Word          `json:"title"`
	Blocks []ExportBlock `json:"blocks"`
	Steps  []ExportBlock `json:"steps"`
}

// ExportBlock is a step inside a box.
type ExportBlock struct {
	ID      Word            `json:"id"`
	Type    Word            `json:"type"`
	Content json.RawMessage `json:"content"`
	Edge    Word            `json:"outgoingEdgeId"`
}

// ExportEdge leads from a block to a group, or to a block in it.
type ExportEdge struct {
	ID Word `json:"id"`
	To struct {
		GroupID Word `json:"groupId"`
		BlockID Word `json:"blockId"`
	} `json:"to"`
}

// ExportVariable is a variable of the flow.
type ExportVariable struct {
	Name Word `json:"name"`
}

// readExport reads an export, or the answer of an API that holds one as "typebot".
func readExport(raw []byte) (Export, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff")) // as some editors save
	var wrapped struct {
		Typebot json.RawMessage `json:"typebot"`
	}
	whole, base := raw, 0
	if json.Unmarshal(raw, &wrapped) == nil && len(wrapped.Typebot) > 0 {
		base = max(bytes.Index(whole, wrapped.Typebot), 0)
		raw = wrapped.Typebot
	}
	var export Export
	if err := json.Unmarshal(raw, &export); err != nil {
		return export, broken(whole, base, err)
	}
	if len(export.Groups) == 0 {
		export.Groups = export.Blocks
	}
	for i := range export.Groups {
		if len(export.Groups[i].Blocks) == 0 {
			export.Groups[i].Blocks = export.Groups[i].Steps
		}
	}
	if len(export.Groups) == 0 {
		return export, fault.Field("export", notAnExport+"não há grupos")
	}
	return export, nil
}

// asks tells a block at which the flow waits for the customer: everything up to it is one turn.
func (b ExportBlock) asks() bool {
	kind := strings.ToLower(b.Type.Text)
	return strings.HasSuffix(kind, "input") || kind == "cards"
}

// callsHTTP tells the HTTP Request block, which runs before any bubble of its turn is delivered. "webhook" in small letters
// is the block that listens.
func (b ExportBlock) callsHTTP() bool {
	return b.Type.Text == "Webhook" || strings.EqualFold(b.Type.Text, "HTTP request")
}

// shows tells a bubble.
func (b ExportBlock) shows() bool {
	switch strings.ToLower(b.Type.Text) {
	case "text", "image", "video", "audio", "embed", "custom-embed":
		return true
	}
	return false
}

// behind gives the blocks that follow one in the same turn as far as the flow has no choice: the rest of its group, then the
// groups that edges lead to, up to the next input.
func (e Export) behind(group, block int) []ExportBlock {
	var found []ExportBlock
	seen := map[Word]bool{}
	at, from := e.Groups[group], block+1
	last := at.Blocks[block]
	for {
		for _, one := range at.Blocks[min(from, len(at.Blocks)):] {
			if last = one; one.asks() {
				return found
			}
			found = append(found, one)
		}
		next, start, leads := e.target(last.Edge)
		if !leads || seen[next.ID] {
			return found
		}
		seen[next.ID] = true
		at, from = next, start
	}
}

// target is the group and the place in it to which an edge leads.
func (e Export) target(edge Word) (group ExportGroup, from int, leads bool) {
	for _, one := range e.Edges {
		if one.ID != edge || edge.Text == "" {
			continue
		}
		for _, group := range e.Groups {
			if group.ID != one.To.GroupID {
				continue
			}
			for i, block := range group.Blocks {
				if block.ID == one.To.BlockID {
					return group, i, true
				}
			}
			return group, 0, true
		}
	}
	return ExportGroup{}, 0, false
}
