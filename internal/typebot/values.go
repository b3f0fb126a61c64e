package typebot

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// longestText is the longest tag, status, stage, field or reason, in characters.
	longestText = 200
	// mostTags is how many tags one command may name.
	mostTags = 50
	// longestWait is the longest pause between two bubbles.
	longestWait = time.Hour
)

// readFlag reads yes or no in every form that flows give it.
func readFlag(key string, value json.RawMessage) (bool, *mistake) {
	text := strings.ToLower(strings.TrimFunc(unquotedText(value), invisible))
	switch text {
	case "true", "1", "sim", "yes", "on", "s", "y":
		return true, nil
	case "false", "0", "null", "não", "nao", "no", "off", "n":
		return false, nil
	case "", "undefined":
		return false, emptyValue(key)
	}
	if strings.Contains(text, "{{") {
		return false, literalVariable(key)
	}
	return false, badValue(key, "esperava true ou false")
}

// unquotedText is a string's content, or the JSON of anything else.
func unquotedText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil || string(value) == "null" {
		return string(value)
	}
	return text
}

// readNames reads a text or a whole number, or where several are meant a list of them.
func readNames(key string, value json.RawMessage) ([]string, *mistake) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil || list == nil {
		name, wrong := readName(key, value)
		return []string{name}, wrong
	}
	if len(list) == 0 || len(list) > mostTags {
		return nil, badValue(key, what(key))
	}
	names := make([]string, len(list))
	for i, item := range list {
		var wrong *mistake
		if names[i], wrong = readName(key, item); wrong != nil {
			return nil, wrong
		}
	}
	return names, nil
}

// readName reads a text or a whole number. Nothing at all is no name: most often a variable of the flow was not set.
func readName(key string, value json.RawMessage) (string, *mistake) {
	var name string
	if json.Unmarshal(value, &name) != nil || string(value) == "null" {
		var number json.Number
		if string(value) == "null" || json.Unmarshal(value, &number) != nil || strings.ContainsAny(number.String(), ".eE-") {
			return "", badValue(key, what(key))
		}
		name = number.String()
	}
	name = strings.TrimFunc(name, invisible)
	switch {
	case name == "" || strings.EqualFold(name, "undefined"):
		return "", emptyNames(key)
	case strings.Contains(name, "{{") || strings.Contains(name, "}}"):
		return "", literalVariable(key)
	case utf8.RuneCountInString(name) > longestText:
		return "", badValue(key, what(key)+" com no máximo 200 caracteres")
	}
	return name, nil
}

// what says what a key's value is, for the flow's author.
func what(key string) string {
	switch key {
	case keyTag, keyTags, keyRemoveTag:
		return "esperava o nome ou o número de uma etiqueta, ou uma lista deles"
	case keyStatus:
		return "esperava o nome ou o número de um status"
	case keyStage:
		return "esperava o nome ou o número de um estágio"
	}
	return "esperava um texto ou um número"
}

// ticketStatus gives the status of a ticket in its usual spelling; "" for any other word, which is the contact's.
func ticketStatus(name string) string {
	switch foldKey(name) {
	case "open", "aberto", "aberta":
		return "open"
	case "pending", "pendente":
		return "pending"
	case "closed", "fechado", "fechada":
		return "closed"
	}
	return ""
}

// readFields reads Whazing's {"description": "plano", "information": "premium"}, or a list of them.
func readFields(value json.RawMessage) (map[string]string, *mistake) {
	type field struct {
		Description json.RawMessage `json:"description"`
		Information json.RawMessage `json:"information"`
	}
	var list []field
	if json.Unmarshal(value, &list) != nil || list == nil {
		var one field
		if json.Unmarshal(value, &one) != nil || string(value) == "null" {
			return nil, badValue(keyFields, `escreva como em {"AddiInfo": {"description": "plano", "information": "premium"}}`)
		}
		list = []field{one}
	}
	if len(list) == 0 || len(list) > mostTags {
		return nil, badValue(keyFields, "esperava de 1 a 50 campos")
	}
	fields := make(map[string]string, len(list))
	for _, one := range list {
		name, wrong := readName(keyFields+".description", orNull(one.Description))
		if wrong != nil {
			return nil, wrong
		}
		text := unquotedText(orNull(one.Information))
		if text == "null" {
			text = ""
		}
		if utf8.RuneCountInString(text) > 10*longestText {
			return nil, badValue(keyFields, "a informação passa de 2.000 caracteres")
		}
		fields[name] = text
	}
	return fields, nil
}

func orNull(value json.RawMessage) json.RawMessage {
	if len(value) == 0 {
		return json.RawMessage("null")
	}
	return value
}

// readScope reads how far somebody refuses messages; "" takes the refusal back.
func readScope(value json.RawMessage) (string, *mistake) {
	switch foldKey(unquotedText(value)) {
	case "all", "tudo", "todas", "todos":
		return "all", nil
	case "marketing", "promocoes", "promotions":
		return "marketing", nil
	}
	yes, wrong := readFlag(keyOptOut, value)
	switch {
	case wrong != nil && wrong.hint == HintBadValue:
		return "", badValue(keyOptOut, `esperava true, false, "all" ou "marketing"`)
	case wrong != nil || !yes:
		return "", wrong
	}
	return "all", nil
}

// readWait reads seconds, whole or not.
func readWait(value json.RawMessage) (time.Duration, *mistake) {
	seconds, err := strconv.ParseFloat(strings.Replace(strings.TrimFunc(unquotedText(value), invisible), ",", ".", 1), 64)
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > longestWait.Seconds() {
		return 0, badValue(keyWait, "esperava os segundos, de 0 a 3600")
	}
	return time.Duration(seconds * float64(time.Second)).Truncate(time.Millisecond), nil
}

func secondsText(wait time.Duration) string { return strconv.FormatFloat(wait.Seconds(), 'f', -1, 64) }
