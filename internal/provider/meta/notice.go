package meta

import (
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
	"retoma/internal/provider"
)

// notice keeps news about a template, a number or the account, and every field that this version does not know: Data is
// then all there is. Template ids are text and template languages have the form that sending uses ("en_US").
func (r *reader) notice(e envelope, field string, value gjson.Result) {
	data := object(value)
	if id := value.Get("message_template_id"); id.Type == gjson.Number {
		data["message_template_id"] = id.Raw
	}
	if language, named := data["message_template_language"].(string); named {
		data["message_template_language"] = languageCode(language)
	}
	news := chat.News{Field: clean(field), At: instantOf(e.time, time.Time{}), Data: data}
	if at := value.Get("timestamp"); news.At.IsZero() && at.Exists() {
		news.At = instantOf(at, time.Time{})
	}
	describe(&news, value)
	r.batch.Notices = append(r.batch.Notices, provider.Notice{Account: accountOf(e, value), News: news, Raw: value.Raw})
}

// accountOf is whom the news is about: the number that it names, else the account that it names, else the entry's own.
// News for a partner stand under the partner's entry and name the customer's account inside.
func accountOf(e envelope, value gjson.Result) string {
	return firstText(idOf(value.Get("metadata.phone_number_id")), idOf(value.Get("waba_info.waba_id")), e.waba)
}

// describe reads what the fields say that sending depends on (providers.md section 1.6; Meta: webhook reference).
func describe(news *chat.News, value gjson.Result) {
	switch news.Field {
	case "message_template_status_update":
		templateStatus(news, value)
	case "message_template_quality_update":
		templateQuality(news, value)
	case "template_category_update":
		templateCategory(news, value)
	case "message_template_components_update":
		news.Template = namedTemplate(value)
		news.Template.Redefined = true
	case "phone_number_quality_update":
		numberQuality(news, value)
	case "phone_number_name_update":
		numberName(news, value)
	case "business_capability_update":
		capability(news, value)
	case "account_update":
		accountUpdate(news, value)
	case "account_review_update":
		accountReview(news, value)
	case "account_alerts":
		accountAlert(news, value)
	}
}

// languageCode gives a language as templates are sent with it; webhooks write "en-US" or "en_US".
func languageCode(language string) string {
	return strings.ReplaceAll(strings.TrimSpace(language), "-", "_")
}

// reportErrors keeps errors that Meta reports about the number or the account itself, not about a message.
func (r *reader) reportErrors(account string, e envelope, errors gjson.Result) {
	if errors.Type == gjson.Null || errors.IsArray() && len(errors.Array()) == 0 {
		return
	}
	first := errors
	if errors.IsArray() {
		first = errors.Array()[0]
	}
	reported := readError(first)
	failure := reported.fault().failure(reported.number())
	r.batch.Notices = append(r.batch.Notices, provider.Notice{Account: account, News: chat.News{
		Field: "errors", At: instantOf(e.time, time.Time{}), Data: map[string]any{"errors": plain(errors)},
		Text: strings.TrimSpace("A Meta avisou de um erro que não é de uma mensagem (" + firstText(reported.detail(), "sem explicação") + "). " +
			failure.Message + " " + failure.Remedy),
	}, Raw: errors.Raw})
}
