package meta

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"retoma/internal/fault"
)

// maxDetail is how much of Meta's words a decision log keeps, in bytes.
const maxDetail = 300

// reported is an error as Meta writes it, in an answer or in a failed status.
type reported struct {
	code, subcode int
	known         bool // a code was there and is a number
	words         string
	transient     bool
	// about is what the words complain of, where rows of the table ask for it; empty for anything else.
	about string
}

// readError reads an error object. Codes may be text; details stand in error_data (an object, or a string on
// template endpoints), beside the code, or nowhere, and then message or title speak.
func readError(body gjson.Result) reported {
	var e reported
	var message, title, details, userMessage string
	each(body, func(key string, member gjson.Result) {
		switch key {
		case "code":
			e.code, e.known = wholeNumber(member)
		case "error_subcode":
			e.subcode, _ = wholeNumber(member)
		case "is_transient":
			e.transient = member.Type == gjson.True
		case "message":
			message = textOf(member)
		case "title":
			title = textOf(member)
		case "details":
			details = firstText(details, textOf(member))
		case "error_data":
			details = firstText(textOf(member.Get("details")), textOf(member), details)
		case "error_user_msg":
			userMessage = textOf(member)
		}
	})
	e.words = firstText(details, userMessage, message, title)
	if namesMediaID(details) || namesMediaID(userMessage) || namesMediaID(message) {
		e.about = aboutMediaID
	}
	return e
}

func wholeNumber(value gjson.Result) (int, bool) {
	parsed, err := strconv.Atoi(idOf(value))
	return parsed, err == nil
}

// fault looks the code up; a code that is not in the table is a rejection unless Meta says that it will pass.
func (e reported) fault() row {
	found, listed := row{}, false
	if e.known {
		found, listed = lookUpAbout(e.code, e.subcode, e.about)
	}
	switch {
	case e.transient && (!listed || found.Code == fault.ProviderRejected):
		return row{Code: fault.ProviderDown}
	case !listed:
		return row{Code: fault.ProviderRejected}
	}
	return found
}

// number is Meta's code as people look it up: "131049", or "190/463" with a subcode; empty if there was none.
func (e reported) number() string {
	switch {
	case !e.known:
		return ""
	case e.subcode != 0:
		return strconv.Itoa(e.code) + "/" + strconv.Itoa(e.subcode)
	}
	return strconv.Itoa(e.code)
}

// detail is Meta's code and words for the decision log, such as "131047: Message failed to send because ...".
// Long runs of digits are masked: they may be somebody's phone.
func (e reported) detail() string {
	var text strings.Builder
	if e.known {
		text.WriteString(e.number() + ": ")
	}
	text.WriteString(maskNumbers(shorten(e.words)))
	return strings.TrimSuffix(text.String(), ": ")
}

func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxDetail {
		return text
	}
	return strings.ToValidUTF8(text[:maxDetail], "") + "..."
}

// maskNumbers hides the digits of anything as long as a phone number.
func maskNumbers(text string) string {
	const asLongAsAPhone = 8
	masked := []byte(text)
	for start := 0; start < len(masked); {
		end := start
		for end < len(masked) && masked[end] >= '0' && masked[end] <= '9' {
			end++
		}
		if end-start >= asLongAsAPhone {
			for i := start; i < end; i++ {
				masked[i] = '*'
			}
		}
		start = end + 1
	}
	return string(masked)
}
