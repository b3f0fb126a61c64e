package meta

import (
	"cmp"

	"retoma/internal/chat"
)

// interactiveOut is a message with something to tap (providers.md section 1.2).
type interactiveOut struct {
	Type   string     `json:"type"`
	Header *headerOut `json:"header,omitempty"`
	Body   bodyOut    `json:"body"`
	Footer *bodyOut   `json:"footer,omitempty"`
	Action tapOut     `json:"action"`
}

type headerOut struct {
	Type     string    `json:"type"`
	Text     string    `json:"text,omitempty"`
	Image    *mediaOut `json:"image,omitempty"`
	Video    *mediaOut `json:"video,omitempty"`
	Document *mediaOut `json:"document,omitempty"`
}

type bodyOut struct {
	Text string `json:"text"`
}

// tapOut is what there is to tap; each type uses its own members.
type tapOut struct {
	Name       string       `json:"name,omitempty"`
	Button     string       `json:"button,omitempty"`
	Buttons    []buttonOut  `json:"buttons,omitempty"`
	Sections   []sectionOut `json:"sections,omitempty"`
	Parameters any          `json:"parameters,omitempty"`
}

type buttonOut struct {
	Type  string   `json:"type"`
	Reply replyOut `json:"reply"`
}

type replyOut struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type sectionOut struct {
	Title string   `json:"title,omitempty"`
	Rows  []rowOut `json:"rows"`
}

type rowOut struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

type linkOut struct {
	Title string `json:"display_text"`
	URL   string `json:"url"`
}

type flowOut struct {
	Version string      `json:"flow_message_version"`
	Token   string      `json:"flow_token"`
	ID      string      `json:"flow_id,omitempty"`
	Name    string      `json:"flow_name,omitempty"`
	Title   string      `json:"flow_cta"`
	Action  string      `json:"flow_action"`
	Payload *flowScreen `json:"flow_action_payload,omitempty"`
	Mode    string      `json:"mode,omitempty"`
}

type flowScreen struct {
	Screen string         `json:"screen"`
	Data   map[string]any `json:"data,omitempty"`
}

func interactiveOf(messageID string, message chat.Interactive) (*interactiveOut, error) {
	out := &interactiveOut{Body: bodyOut{clean(message.Body)}}
	if message.Footer != "" {
		out.Footer = &bodyOut{clean(message.Footer)}
	}
	switch {
	case message.List != nil:
		out.Type, out.Action = "list", listOf(*message.List)
	case message.Link != nil:
		out.Type = "cta_url"
		out.Action = tapOut{Name: "cta_url", Parameters: linkOut{clean(message.Link.Title), message.Link.URL}}
	case message.Flow != nil:
		out.Type = "flow"
		out.Action = tapOut{Name: "flow", Parameters: flowOf(messageID, *message.Flow)}
	case message.AskLocation:
		out.Type, out.Action = "location_request_message", tapOut{Name: "send_location"}
	default:
		out.Type = "button"
		for _, button := range message.Buttons {
			out.Action.Buttons = append(out.Action.Buttons, buttonOut{"reply", replyOut{clean(button.ID), clean(button.Title)}})
		}
	}
	if message.Header == nil {
		return out, nil
	}
	var err error
	out.Header, err = headerOf(*message.Header)
	return out, err
}

func listOf(menu chat.Menu) tapOut {
	out := tapOut{Button: clean(menu.Button)}
	for _, section := range menu.Sections {
		shown := sectionOut{Title: clean(section.Title)}
		for _, row := range section.Rows {
			shown.Rows = append(shown.Rows, rowOut{clean(row.ID), clean(row.Title), clean(row.Description)})
		}
		out.Sections = append(out.Sections, shown)
	}
	return out
}

// flowOf names our message in the token, so that its answer can be told apart, unless the sender has a token of its own.
func flowOf(messageID string, flow chat.FlowButton) flowOut {
	out := flowOut{
		Version: "3", Token: cmp.Or(flow.Token, messageID), ID: flow.ID, Name: flow.Name, Title: clean(flow.Title), Action: "data_exchange",
	}
	if flow.Screen != "" {
		out.Action, out.Payload = "navigate", &flowScreen{flow.Screen, flow.Data}
	}
	if flow.Draft {
		out.Mode = "draft"
	}
	return out
}

func headerOf(header chat.Header) (*headerOut, error) {
	if header.Media == nil {
		return &headerOut{Type: "text", Text: clean(header.Text)}, nil
	}
	media, err := mediaOf(header.Media)
	if err != nil {
		return nil, err
	}
	out := &headerOut{Type: string(header.Type)}
	switch header.Type {
	case chat.Image:
		out.Image = media
	case chat.Video:
		out.Video = media
	case chat.Document:
		media.FileName = clean(header.Media.FileName)
		out.Document = media
	}
	return out, nil
}
