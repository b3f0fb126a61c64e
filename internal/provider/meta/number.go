package meta

import (
	"context"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
)

const numberFields = "verified_name,display_phone_number,quality_rating,status,name_status,code_verification_status," +
	"throughput,platform_type,health_status,whatsapp_business_manager_messaging_limit"

// The messages a second that Meta's words for throughput stand for (providers.md section 1.5).
const (
	standardThroughput = 80
	highThroughput     = 1000
)

// Number reads how the number stands. Errors are those of a read.
func (a *Adapter) Number(ctx context.Context, channel chat.Channel) (chat.NumberState, string, error) {
	number, err := a.readNumber(ctx, channel)
	if err != nil {
		return chat.NumberState{}, "", err
	}
	blocked := ""
	if finding := stateFinding(number); !finding.OK && cannotSend(number) {
		blocked = finding.Message
	}
	return numberState(number), blocked, nil
}

func (a *Adapter) readNumber(ctx context.Context, channel chat.Channel) (gjson.Result, error) {
	number, err := a.read(ctx, channel, endpoint(channel, channel.Account, ""), url.Values{"fields": {numberFields}})
	if err != nil {
		return number, err
	}
	return number, emptyNumber(channel, number)
}

func numberState(number gjson.Result) chat.NumberState {
	state := chat.NumberState{
		Quality:      strings.ToUpper(textOf(number.Get("quality_rating"))),
		Status:       strings.ToUpper(textOf(number.Get("status"))),
		Tier:         strings.ToUpper(textOf(number.Get("whatsapp_business_manager_messaging_limit"))),
		VerifiedName: textOf(number.Get("verified_name")),
		NameStatus:   strings.ToUpper(textOf(number.Get("name_status"))),
	}
	switch strings.ToUpper(textOf(number.Get("throughput.level"))) {
	case "STANDARD":
		state.Throughput = standardThroughput
	case "HIGH":
		state.Throughput = highThroughput
	}
	return state
}

// cannotSend tells what stops every message from what is only worth a warning.
func cannotSend(number gjson.Result) bool {
	if textOf(number.Get("health_status.can_send_message")) == "BLOCKED" {
		return true
	}
	switch strings.ToUpper(textOf(number.Get("status"))) {
	case "", "CONNECTED", "FLAGGED", "RATE_LIMITED":
		return false
	}
	return true
}
