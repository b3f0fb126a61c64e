package authoring

import (
	"fmt"

	"retoma/flows/followup"
	"retoma/gateway/outgoing"
)

func attachmentsOfModel(model followup.Model) []outgoing.AttachmentUse {
	uses := make([]outgoing.AttachmentUse, 0, len(model.Messages))
	for i, message := range model.Messages {
		uses = append(uses, outgoing.AttachmentUse{Path: fmt.Sprintf("messages[%d].attachment", i), File: message.Attachment, Text: message.Text})
	}
	return uses
}
