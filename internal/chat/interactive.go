package chat

// Interactive is a message with something to tap: exactly one of Buttons, List, Link, Flow and AskLocation. What the customer
// taps comes back as the Choice of a ButtonReply or ListReply, as a FlowReply, or as a Location.
type Interactive struct {
	Header *Header `json:"header,omitempty"`
	Body   string  `json:"body"`
	Footer string  `json:"footer,omitempty"`
	// Buttons are one to three replies.
	Buttons []ReplyButton `json:"buttons,omitempty"`
	List    *Menu         `json:"list,omitempty"`
	Link    *LinkButton   `json:"link,omitempty"`
	Flow    *FlowButton   `json:"flow,omitempty"`
	// AskLocation asks the customer to share where they are.
	AskLocation bool `json:"askLocation,omitempty"`
}

// Header stands above an interactive message: a text, or a file of the type Image, Video or Document.
type Header struct {
	Text  string      `json:"text,omitempty"`
	Type  ContentType `json:"type,omitempty"` // of Media
	Media *Media      `json:"media,omitempty"`
}

// ReplyButton is an answer that the customer gives with one tap: Title is read, ID comes back as the Choice.
type ReplyButton struct {
	ID    string `json:"id" doc:"volta como escolha quando o cliente toca; 1 a 256 caracteres"`
	Title string `json:"title" doc:"o que o cliente lê; 1 a 20 caracteres"`
}

// Menu is a list that opens when its button is tapped: at most ten rows in all.
type Menu struct {
	Button   string    `json:"button" doc:"o botão que abre a lista; 1 a 20 caracteres"`
	Sections []Section `json:"sections"`
}

// Section is a group of rows; a menu with several needs their titles.
type Section struct {
	Title string `json:"title,omitempty" doc:"até 24 caracteres; obrigatório se houver mais de uma seção"`
	Rows  []Row  `json:"rows"`
}

// Row is one choice of a menu: ID comes back as the Choice.
type Row struct {
	ID          string `json:"id" doc:"volta como escolha quando o cliente toca; 1 a 200 caracteres"`
	Title       string `json:"title" doc:"1 a 24 caracteres"`
	Description string `json:"description,omitempty" doc:"até 72 caracteres"`
}

// LinkButton opens an address.
type LinkButton struct {
	Title string `json:"title" doc:"1 a 20 caracteres"`
	URL   string `json:"url"`
}

// FlowButton opens a WhatsApp Flow, a form inside the conversation, named by ID or by Name.
type FlowButton struct {
	ID    string `json:"id,omitempty" doc:"id do WhatsApp Flow; ou name"`
	Name  string `json:"name,omitempty" doc:"nome do WhatsApp Flow; ou id"`
	Title string `json:"title" doc:"o botão; 1 a 30 caracteres"`
	// Token comes back with the answer; empty: our message's id.
	Token string `json:"token,omitempty" doc:"volta na resposta; se faltar, o id da mensagem"`
	// Screen is the first one, and Data what it is shown with; without a screen the flow's own endpoint decides.
	Screen string         `json:"screen,omitempty" doc:"primeira tela; sem ela o endpoint do fluxo decide"`
	Data   map[string]any `json:"data,omitempty" doc:"dados da primeira tela"`
	Draft  bool           `json:"draft,omitempty" doc:"fluxo ainda não publicado, para testes"`
}

// Actions names what there is to tap, in a fixed order; a fit message has exactly one.
func (i Interactive) Actions() []string {
	var found []string
	for _, action := range []struct {
		name  string
		there bool
	}{{"buttons", i.Buttons != nil}, {"list", i.List != nil}, {"link", i.Link != nil}, {"flow", i.Flow != nil}, {"askLocation", i.AskLocation}} {
		if action.there {
			found = append(found, action.name)
		}
	}
	return found
}

// ContentOf makes a message's content, with the text that stands for it.
func (i Interactive) ContentOf() Content {
	return Content{Type: InteractiveUse, Text: i.shown(), Interactive: &i}
}
