package gateway

import (
	"math"
	"time"
)

// contactBrief names a contact in the answer about something else.
type contactBrief struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
	Phone  string `json:"phone"`
}

// conversationBrief names a conversation in the answer about something else.
type conversationBrief struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
}

// documentBrief names a model, a rule or a flow in the answer about something else.
type documentBrief struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
	Name   string `json:"name"`
}

// nextFollowUp is the message that is planned next.
type nextFollowUp struct {
	ID           string    `json:"id"`
	ScheduledFor time.Time `json:"scheduledFor"`
}

// contactOf is whose follow-up it is, in the form of followups-api.md.
type contactOf struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// conversationOf is where a follow-up goes, in the form of followups-api.md.
type conversationOf struct {
	ID            string `json:"id"`
	ContactNumber string `json:"contactNumber" doc:"telefone, só dígitos"`
	ContactName   string `json:"contactName"`
}

// digits is a phone without its plus sign.
func digits(phone string) string {
	kept := make([]byte, 0, len(phone))
	for i := 0; i < len(phone); i++ {
		if phone[i] >= '0' && phone[i] <= '9' {
			kept = append(kept, phone[i])
		}
	}
	return string(kept)
}

// percent has one decimal; of nothing it is 0.
func percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(float64(part)*1000/float64(whole)) / 10
}
