package meta

import (
	"strings"

	"github.com/tidwall/gjson"

	"retoma/internal/chat"
)

func namedTemplate(value gjson.Result) *chat.TemplateNews {
	return &chat.TemplateNews{
		ExternalID: idOf(value.Get("message_template_id")),
		Name:       idOf(value.Get("message_template_name")),
		Language:   languageCode(textOf(value.Get("message_template_language"))),
	}
}

// templateStatus reads the life of a template. What releases it becomes the status APPROVED, as the list of templates calls
// it; a pause's end may come as a title beside another event.
func templateStatus(news *chat.News, value gjson.Result) {
	template := namedTemplate(value)
	event, title := idOf(value.Get("event")), idOf(value.Get("other_info.title"))
	template.Category = idOf(value.Get("message_template_category"))
	template.Status = event
	switch {
	case event == "":
		template.Status = ""
	case title == "UNPAUSE" || event == "UNPAUSE" || event == "REINSTATED" || event == "UNARCHIVED":
		template.Status = "APPROVED"
		template.Redefined = event == "UNARCHIVED"
	}
	template.Reason = templateReason(value, title)
	news.Template = template
	news.Text = strings.TrimSuffix("A Meta mudou o template "+nameOf(*template)+" para "+template.Status+": "+template.Reason, ": ") + "."
}

// templateReason joins Meta's own words; "NONE" says nothing.
func templateReason(value gjson.Result, title string) string {
	var words []string
	for _, part := range [...]string{
		textOf(value.Get("reason")), title, textOf(value.Get("other_info.description")),
		textOf(value.Get("rejection_info.reason")), textOf(value.Get("rejection_info.recommendation")),
	} {
		if part = strings.TrimSuffix(strings.TrimSpace(part), "."); part != "" && part != "NONE" {
			words = append(words, part)
		}
	}
	return strings.Join(words, ". ")
}

func templateQuality(news *chat.News, value gjson.Result) {
	news.Template = namedTemplate(value)
	news.Template.Quality = idOf(value.Get("new_quality_score"))
	if score := news.Template.Quality; score == "YELLOW" || score == "RED" {
		news.Text = "A qualidade do template " + nameOf(*news.Template) + " caiu para " + score + ": mande-o menos e só a quem o espera, ou a Meta o pausa."
	}
}

// templateCategory reads a change of category. Beside "correct_category", which comes a day ahead, "new_category" is still
// the present one.
func templateCategory(news *chat.News, value gjson.Result) {
	template := namedTemplate(value)
	template.Category = idOf(value.Get("new_category"))
	news.Template = template
	if planned := idOf(value.Get("correct_category")); planned != "" {
		news.Text = "A Meta vai mudar a categoria do template " + nameOf(*template) + " para " + planned + ": o preço e as regras de envio mudam com ela."
		return
	}
	news.Text = "A Meta mudou a categoria do template " + nameOf(*template) + " para " + template.Category + ": o preço e as regras de envio mudam com ela."
}

func nameOf(t chat.TemplateNews) string {
	return strings.TrimSpace(firstText(t.Name, t.ExternalID) + " (" + firstText(t.Language, "?") + ")")
}
