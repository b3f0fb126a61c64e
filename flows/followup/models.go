package followup

import (
	"retoma/flows"
)

// GroupModel is the exclusive group of follow-up models: a contact is in at most one (domain.md section 4).
const GroupModel = "model"

// Model is a follow-up model as its author writes it (followup-models.md; api.md, /api/followup-models).
type Model struct {
	// Name is shown in reports and in the console.
	Name string `json:"name"`
	// ChannelID is the channel that the messages leave by ("Conexão WhatsApp").
	ChannelID string `json:"channelId"`
	// StartTime is the local clock time "HH:MM" from which the first message's offset counts; nil: from the enrolment.
	StartTime *string `json:"startTime"`
	// OnReply is what a customer's message does; empty is continue.
	OnReply flows.OnReply `json:"onReply,omitempty"`
	// IsActive is true unless it is said otherwise.
	IsActive *bool `json:"isActive,omitempty"`
	// ExitIf is an expr condition that ends the run when it is true as a message is planned or due.
	ExitIf string `json:"exitIf,omitempty"`
	// Conditions end the run like ExitIf, without expressions.
	Conditions *ExitConditions `json:"conditions,omitempty"`
	// Messages in the order in which they are sent.
	Messages []ModelMessage `json:"messages"`
}

// ExitConditions end a run when any of them holds.
type ExitConditions struct {
	// Tags that end the run when the contact has one of them.
	Tags []string `json:"tags,omitempty"`
	// Stages of the funnel that end the run when the contact is in one of them.
	Stages []string `json:"stages,omitempty"`
	// Expr is a condition of its own.
	Expr string `json:"expr,omitempty"`
}

// ModelMessage is one message of a model.
type ModelMessage struct {
	// ID is stable: it tells a changed or moved message from a new one. See [Model.WithIDs].
	ID   string `json:"id,omitempty"`
	Text string `json:"text,omitempty"`
	// Offset is in minutes, 0 to 525600: the first from StartTime or the enrolment, the others from the real send time
	// of the message before.
	Offset     *int             `json:"offset"`
	Attachment *ModelAttachment `json:"attachment,omitempty"`
	// Template is sent instead of text and attachment when the window is closed.
	Template *ModelTemplate `json:"template,omitempty"`
}

// ModelAttachment is a file by its address, or by its id: one of a file that we keep, or the provider's.
type ModelAttachment struct {
	URL      string `json:"url,omitempty"`
	MediaID  string `json:"mediaId,omitempty" doc:"id de um arquivo de /api/media; qualquer outro é o id da mídia no provedor"`
	FileName string `json:"fileName,omitempty"`
	// Type is what it is sent as; empty: by the file we keep, or by the address.
	Type string `json:"type,omitempty" enum:"image,video,audio,document,sticker"`
}

// ModelTemplate is an approved template and its variables.
type ModelTemplate struct {
	Name      string          `json:"name"`
	Language  string          `json:"language,omitempty"`
	Variables flows.Variables `json:"variables,omitzero"`
}

// ParseModel reads a model's JSON. The error is flows.Problems: a value of the wrong kind, or every unknown field.
// It does not validate.
func ParseModel(body []byte) (Model, error) {
	var model Model
	err := flows.DecodeStrict("", body, &model)
	return model, err
}

// Active tells whether contacts may be enrolled and messages leave.
func (m Model) Active() bool { return m.IsActive == nil || *m.IsActive }

// WithIDs gives every message that has no id yet one from newID. The model itself is not changed.
func (m Model) WithIDs(newID func() string) Model {
	messages := make([]ModelMessage, len(m.Messages))
	copy(messages, m.Messages)
	for i := range messages {
		if messages[i].ID == "" {
			messages[i].ID = newID()
		}
	}
	m.Messages = messages
	return m
}
