package typebot

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// longestDelay is how far a command may put off an enrolment.
const longestDelay = 365 * 24 * time.Hour

// followUp reads followupId and the keys of its extended form.
func (b *builder) followUp() *mistake {
	id, given := b.take(keyFollowUp)
	if !given {
		return nil
	}
	model, wrong := readID(keyFollowUp, id)
	if wrong != nil {
		return wrong
	}
	command := &FollowUpCommand{Model: model, Remove: model == ""}
	b.command.FollowUp = command
	b.did(keyFollowUp, model)
	if command.Remove {
		b.normal[keyFollowUp] = "0"
	}
	for _, read := range []func(*FollowUpCommand) *mistake{b.vars, b.start, b.choices} {
		if wrong := read(command); wrong != nil {
			return wrong
		}
	}
	return nil
}

// vars reads values, or the names of the contact's own fields whose values are taken from what is stored: they need no
// escaping, whatever the contact wrote.
func (b *builder) vars(command *FollowUpCommand) *mistake {
	value, given := b.take(keyVars)
	if !given || string(value) == "null" {
		return nil
	}
	if json.Unmarshal(value, &command.VarNames) == nil {
		for _, name := range command.VarNames {
			if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > longestText {
				return badVars()
			}
		}
		if len(command.VarNames) > mostTags {
			return badVars()
		}
		if len(command.VarNames) > 0 {
			b.normal[keyVars] = command.VarNames
		}
		return nil
	}
	command.VarNames = nil
	if json.Unmarshal(value, &command.Vars) != nil {
		return badVars()
	}
	if len(command.Vars) == 0 {
		command.Vars = nil
		return nil
	}
	b.normal[keyVars] = normalised(value)
	return nil
}

// start reads when the enrolment counts.
func (b *builder) start(command *FollowUpCommand) *mistake {
	at, hasAt := b.take(keyStartAt)
	delay, hasDelay := b.take(keyDelay)
	switch {
	case hasAt && hasDelay:
		return badValue(keyDelay, `use "delay" ou "startAt", não os dois`)
	case hasAt:
		moment, wrong := readMoment(unquotedText(at))
		if wrong != nil {
			return wrong
		}
		command.StartAt = moment
		b.normal[keyStartAt] = moment.String()
	case hasDelay:
		length, wrong := readDelay(unquotedText(delay))
		if wrong != nil {
			return wrong
		}
		command.Delay = length
		b.normal[keyDelay] = fmt.Sprintf("PT%dS", int64(length/time.Second))
	}
	return nil
}

// choices reads what happens where the contact is enrolled already, what ends the follow-up, and why it is ended.
func (b *builder) choices(command *FollowUpCommand) *mistake {
	if value, given := b.take(keyIfEnrolled); given {
		switch foldKey(unquotedText(value)) {
		case "keep", "manter":
			command.IfEnrolled = "keep"
		case "restart", "recomecar", "reiniciar":
			command.IfEnrolled = "restart"
		case "replace", "substituir":
			command.IfEnrolled = "replace"
		default:
			return badValue(keyIfEnrolled, `esperava "keep", "restart" ou "replace"`)
		}
		b.normal[keyIfEnrolled] = command.IfEnrolled
	}
	if value, given := b.take(keyCancelOn); given {
		switch foldKey(unquotedText(value)) {
		case "reply", "resposta", "responder", "onreply":
			command.OnReply = "stop"
			b.normal[keyCancelOn] = "reply"
		case "never", "nunca", "none", "nada":
			command.OnReply = "continue"
			b.normal[keyCancelOn] = "never"
		default:
			return badValue(keyCancelOn, `esperava "reply" ou "never"`)
		}
	}
	if value, given := b.take(keyReason); given {
		reason, wrong := readName(keyReason, value)
		if wrong != nil {
			return wrong
		}
		command.Reason = reason
		b.normal[keyReason] = reason
	}
	return nil
}

// The forms of a delay.
var (
	isoDelay  = regexp.MustCompile(`^(?:P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$`)
	unitDelay = regexp.MustCompile(`^(\d+)(|S|SEG|M|MIN|MINUTOS?|H|HORAS?|D|DIAS?)$`)
)

// readDelay reads minutes (30), a number with its unit (30m, 2h, 3d) or an ISO 8601 interval (PT2H, P1DT12H).
func readDelay(text string) (time.Duration, *mistake) {
	text = strings.ToUpper(strings.ReplaceAll(strings.TrimFunc(text, invisible), " ", ""))
	wrong := badValue(keyDelay, `esperava minutos (30), ou um prazo como "2h", "3d" ou "PT2H", de até 365 dias`)
	if text == "" {
		return 0, emptyValue(keyDelay)
	}
	var length time.Duration
	switch parts := isoDelay.FindStringSubmatch(text); {
	case len(parts) > 0 && text != "P" && !strings.HasSuffix(text, "T"):
		for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
			length = plus(length, parts[i+1], unit)
		}
	default:
		simple := unitDelay.FindStringSubmatch(text)
		if simple == nil {
			return 0, wrong
		}
		length = plus(0, simple[1], unitOf(simple[2]))
	}
	if length > longestDelay {
		return 0, wrong
	}
	return length, nil
}

// plus adds a count of units; what is beyond all limits stays there.
func plus(length time.Duration, count string, unit time.Duration) time.Duration {
	if count == "" {
		return length
	}
	number, err := strconv.ParseInt(count, 10, 64)
	if err != nil || number > int64(2*longestDelay/unit) {
		return 2 * longestDelay
	}
	return min(length+time.Duration(number)*unit, 2*longestDelay)
}

func unitOf(name string) time.Duration {
	switch {
	case strings.HasPrefix(name, "S"):
		return time.Second
	case strings.HasPrefix(name, "H"):
		return time.Hour
	case strings.HasPrefix(name, "D"):
		return 24 * time.Hour
	}
	return time.Minute
}
