package briefs

import (
	"math"
	"time"
)

// ContactBrief names a contact in the answer about something else.
type ContactBrief struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
	Phone  string `json:"phone"`
}

// ConversationBrief names a conversation in the answer about something else.
type ConversationBrief struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
}

// DocumentBrief names a model, a rule or a flow in the answer about something else.
type DocumentBrief struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
	Name   string `json:"name"`
}

// NextFollowUp is the message that is planned next.
type NextFollowUp struct {
	ID           string    `json:"id"`
	ScheduledFor time.Time `json:"scheduledFor"`
}

// ContactOf is whose follow-up it is, in the form of followups-api.md.
type ContactOf struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ConversationOf is where a follow-up goes, in the form of followups-api.md.
type ConversationOf struct {
	ID            string `json:"id"`
	ContactNumber string `json:"contactNumber" doc:"telefone, só dígitos"`
	ContactName   string `json:"contactName"`
}

// Digits is a phone without its plus sign.
func Digits(phone string) string {
	kept := make([]byte, 0, len(phone))
	for i := 0; i < len(phone); i++ {
		if phone[i] >= '0' && phone[i] <= '9' {
			kept = append(kept, phone[i])
		}
	}
	return string(kept)
}

// Percent has one decimal; of nothing it is 0.
func Percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(float64(part)*1000/float64(whole)) / 10
}
