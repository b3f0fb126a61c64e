package gateway

import (
	"fmt"

	"retoma/flows/followup"
)

func attachmentsOfModel(model followup.Model) []attachmentUse {
	uses := make([]attachmentUse, 0, len(model.Messages))
	for i, message := range model.Messages {
		uses = append(uses, attachmentUse{path: fmt.Sprintf("messages[%d].attachment", i), file: message.Attachment, text: message.Text})
	}
	return uses
}
