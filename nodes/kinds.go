package nodes

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"retoma/flows"
	"retoma/internal/chat"
	"retoma/internal/fault"
)

// kindParams are what a message can be beside a text and a file, as authors write it: at most one, in place of them. Every
// text in them may hold variables, and so may a place's degrees.
type kindParams struct {
	Interactive *interactiveParams `json:"interactive,omitempty"`
	Location    *placeParams       `json:"location,omitempty"`
	Contacts    []chat.Card        `json:"contacts,omitempty"`
	Reaction    *reactionParams    `json:"reaction,omitempty"`
}

type interactiveParams struct {
	Header      *headerParams      `json:"header,omitempty"`
	Body        string             `json:"body"`
	Footer      string             `json:"footer,omitempty"`
	Buttons     []chat.ReplyButton `json:"buttons,omitempty"`
	List        *chat.Menu         `json:"list,omitempty"`
	Link        *chat.LinkButton   `json:"link,omitempty"`
	Flow        *chat.FlowButton   `json:"flow,omitempty"`
	AskLocation bool               `json:"askLocation,omitempty"`
}

type headerParams struct {
	Text     string `json:"text,omitempty"`
	Type     string `json:"type,omitempty"`
	URL      string `json:"url,omitempty"`
	MediaID  string `json:"mediaId,omitempty"`
	FileName string `json:"fileName,omitempty"`
}

type placeParams struct {
	Latitude  degrees `json:"latitude"`
	Longitude degrees `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

// reactionParams react to a message of the customer, named by the provider's id of it: the one that began the run, unless
// another is named.
type reactionParams struct {
	Emoji     string `json:"emoji"`
	MessageID string `json:"messageId,omitempty"`
}

// beganWith is the message that a reaction belongs to where the author names none.
const beganWith = "{{trigger.message_id}}"

// degrees is a number, or a text that variables make one.
type degrees string

// UnmarshalJSON reads either. Its error is a fault.Invalid.
func (d *degrees) UnmarshalJSON(body []byte) error {
	var number json.Number
	if json.Unmarshal(body, &number) == nil && number != "" {
		*d = degrees(number)
		return nil
	}
	var text string
	if json.Unmarshal(body, &text) != nil {
		return fault.New(fault.Invalid, "esperava um número de graus, como -23.5")
	}
	*d = degrees(text)
	return nil
}

// named lists what the author gave, by the fields' names.
func (p kindParams) named() []string {
	var names []string
	for _, kind := range []struct {
		name  string
		there bool
	}{{"interactive", p.Interactive != nil}, {"location", p.Location != nil}, {"contacts", p.Contacts != nil}, {"reaction", p.Reaction != nil}} {
		if kind.there {
			names = append(names, kind.name)
		}
	}
	return names
}

// kind is a message of one of these kinds, to be filled in.
type kind struct{ tree any }

// compileKind reads what the author gave; nil for nothing. beside tells that there is a text, a file or a prompt too.
func compileKind(c *flows.Compiler, params kindParams, beside string) *kind {
	names := params.named()
	switch {
	case len(names) == 0:
		return nil
	case beside != "":
		c.Problem(names[0], "use %s ou %s, não os dois", beside, names[0])
	case len(names) > 1:
		c.Problem(names[1], "use %s ou %s, não os dois", names[0], names[1])
	}
	if params.Reaction != nil && params.Reaction.MessageID == "" {
		params.Reaction.MessageID = beganWith
	}
	if i := params.Interactive; i != nil && i.Header != nil && i.Header.URL != "" && i.Header.MediaID != "" {
		c.Problem("interactive.header.mediaId", "informe só um: interactive.header.url ou interactive.header.mediaId")
	}
	tree, err := treeOf(params)
	if err != nil {
		c.Problem(names[0], "%s", err)
		return nil
	}
	stood, err := contentOf(standIns(tree, "", new(int)))
	if err == nil {
		err = stood.Check()
	}
	if err != nil {
		c.Problem(fault.Of(err).Field, "%s", fault.Of(err).Message)
	}
	return &kind{tree: compileTree(c, "", tree, spoken)}
}

func treeOf(params kindParams) (any, error) {
	encoded, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	var tree any
	err = json.Unmarshal(encoded, &tree)
	return tree, err
}

// standIns puts something that fits anywhere in the place of every text with variables, each different from the others, so
// that what is fixed can be checked when the flow is saved.
func standIns(tree any, name string, count *int) any {
	switch tree := tree.(type) {
	case string:
		if !strings.Contains(tree, "{{") {
			return tree
		}
		*count++
		switch name {
		case "latitude", "longitude":
			return "0"
		case "emoji":
			return "👍"
		case "birthday":
			return "2000-01-01"
		case "mediaId":
			return "00000000-0000-7000-8000-000000000000" // may turn out to be a file of ours, which tells its type itself
		}
		return "https://a.b/" + strconv.Itoa(*count)
	case []any:
		stood := make([]any, len(tree))
		for i, item := range tree {
			stood[i] = standIns(item, name, count)
		}
		return stood
	case map[string]any:
		stood := make(map[string]any, len(tree))
		for key, item := range tree {
			stood[key] = standIns(item, key, count)
		}
		return stood
	}
	return tree
}

// render fills the message in and checks it as it will go out; what is wrong is fault.TemplateParams.
func (k *kind) render(s *flows.Step) (chat.Content, error) {
	tree, err := renderTree(s, k.tree, say)
	if err != nil {
		return chat.Content{}, err
	}
	content, err := contentOf(tree)
	if err == nil {
		err = content.Check()
	}
	if err != nil {
		return chat.Content{}, fault.New(fault.TemplateParams, "%s: %s", fault.Of(err).Field, fault.Of(err).Message)
	}
	return content, nil
}

// contentOf makes the content of a tree that has no variables any more.
func contentOf(tree any) (chat.Content, error) {
	var params kindParams
	encoded, err := json.Marshal(tree)
	if err == nil {
		err = json.Unmarshal(encoded, &params)
	}
	if err != nil {
		return chat.Content{}, fmt.Errorf("reading a message: %w", err)
	}
	switch {
	case params.Interactive != nil:
		return params.Interactive.message().ContentOf(), nil
	case params.Location != nil:
		return params.Location.content()
	case params.Contacts != nil:
		return chat.CardsContent(params.Contacts), nil
	}
	if params.Reaction.MessageID == "" {
		return chat.Content{}, fault.Required("reaction.messageId")
	}
	return chat.Emoji{Emoji: params.Reaction.Emoji, ExternalID: params.Reaction.MessageID}.ContentOf(), nil
}

func (p interactiveParams) message() chat.Interactive {
	message := chat.Interactive{
		Body: p.Body, Footer: p.Footer, Buttons: p.Buttons, List: p.List, Link: p.Link, Flow: p.Flow, AskLocation: p.AskLocation,
	}
	if p.Header == nil {
		return message
	}
	message.Header = &chat.Header{Text: p.Header.Text}
	if p.Header.URL != "" || p.Header.MediaID != "" || p.Header.Type != "" {
		message.Header.Type = chat.ContentType(p.Header.Type)
		message.Header.Media = &chat.Media{Link: p.Header.URL, ID: p.Header.MediaID, FileName: p.Header.FileName}
		if p.Header.Type == "" && p.Header.MediaID == "" {
			message.Header.Type = flows.AttachmentType(p.Header.URL)
		}
	}
	return message
}

func (p placeParams) content() (chat.Content, error) {
	north, err := p.Latitude.number("latitude")
	if err != nil {
		return chat.Content{}, err
	}
	east, err := p.Longitude.number("longitude")
	return chat.Place{Latitude: north, Longitude: east, Name: p.Name, Address: p.Address}.ContentOf(), err
}

func (d degrees) number(name string) (float64, error) {
	if d == "" {
		return 0, fault.Required("location." + name)
	}
	number, err := strconv.ParseFloat(strings.TrimSpace(string(d)), 64)
	if err != nil {
		return 0, fault.Field("location."+name, "esperava um número de graus, como -23.5")
	}
	return number, nil
}
