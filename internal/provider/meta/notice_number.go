package meta

import (
	"strconv"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
)

// numberQuality reads what Meta calls quality of a number and what is not: its standing, its throughput and its limit.
func numberQuality(news *chat.News, value gjson.Result) {
	number := &chat.NumberNews{Phone: idOf(value.Get("display_phone_number"))}
	number.Tier = firstText(tierOf(value.Get("max_daily_conversations_per_business")), tierOf(value.Get("current_limit")))
	switch idOf(value.Get("event")) {
	case "FLAGGED":
		number.Status, number.Quality = "FLAGGED", "RED"
		news.Text = "A Meta marcou o número " + number.Phone + " por baixa qualidade: reduza o marketing, ou o limite de envio cai."
	case "UNFLAGGED":
		number.Status, number.Quality = "CONNECTED", "UNKNOWN"
	case "DOWNGRADE":
		news.Text = "A Meta reduziu o limite de envio do número " + number.Phone + " para " + firstText(number.Tier, "um valor que não disse") + "."
	case "THROUGHPUT_UPGRADE":
		number.Throughput = highThroughput
	}
	news.Number = number
}

func numberName(news *chat.News, value gjson.Result) {
	number := &chat.NumberNews{Phone: idOf(value.Get("display_phone_number")), NameStatus: idOf(value.Get("decision"))}
	wanted := textOf(value.Get("requested_verified_name"))
	if number.NameStatus == "APPROVED" {
		number.VerifiedName = wanted
	} else {
		news.Text = "A Meta decidiu sobre o nome de exibição \"" + wanted + "\": " + number.NameStatus + " " + textOf(value.Get("rejection_reason")) + "."
	}
	news.Number = number
}

// capability reads the business portfolio's limit: it holds for all its numbers.
func capability(news *chat.News, value gjson.Result) {
	tier := firstText(tierOf(value.Get("max_daily_conversations_per_business")), tierOf(value.Get("max_daily_conversation_per_phone")))
	if tier != "" {
		news.Number = &chat.NumberNews{Tier: tier}
	}
}

// tierOf gives a limit in the words of the number's own field, whether it comes as those words or as a count (-1 is none).
func tierOf(value gjson.Result) string {
	written := idOf(value)
	count, err := strconv.Atoi(written)
	switch {
	case err != nil:
		if written == "TIER_NOT_SET" {
			return ""
		}
		return written
	case count < 0:
		return "TIER_UNLIMITED"
	case count >= 1000 && count%1000 == 0:
		return "TIER_" + strconv.Itoa(count/1000) + "K"
	}
	return "TIER_" + strconv.Itoa(count)
}
