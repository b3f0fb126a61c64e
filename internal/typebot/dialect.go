package typebot

import (
	"encoding/json"
	"strings"
)

// actions gives {"action": "addTag", "tagId": 7} (Ticketz PRO; "type" in one Whaticket fork) the form of every other
// command: {"tagId": 7}. An action of another platform keeps its form, in the usual spelling; whole tells that then none
// of its keys means what it means without an action.
func actions(members map[string]json.RawMessage) (whole bool, wrong *mistake) {
	name, given := actionName(members)
	if !given {
		return false, nil
	}
	switch {
	case name == keyTag || name == keyTags || name == keyRemoveTag:
		tag, named := members[keyTag]
		if !named {
			tag, named = members[keyTags]
		}
		if !named {
			return false, missing(name, keyTag)
		}
		delete(members, keyTag)
		delete(members, keyTags)
		members[name] = tag
	case name == keyWait:
		seconds, named := members[keySeconds]
		if !named {
			return false, missing(name, keySeconds)
		}
		delete(members, keySeconds)
		members[keyWait] = seconds
	case name == keyOptOut || isFlag(name):
		if _, said := members[name]; !said {
			members[name] = json.RawMessage("true")
		}
	default:
		members[keyAction] = encode(name)
		return true, nil
	}
	delete(members, keyAction)
	return false, nil
}

// actionName is what "action" says, or "type" where it names an action; it brings the key into its usual spelling.
func actionName(members map[string]json.RawMessage) (string, bool) {
	var name string
	if raw, given := members[keyAction]; given {
		if json.Unmarshal(raw, &name) != nil {
			return "", true // not a name: it travels on as it is
		}
		return usualKey(name), true
	}
	raw, given := members[keyType]
	if !given || json.Unmarshal(raw, &name) != nil || !isActionName(usualKey(name)) {
		return "", false
	}
	delete(members, keyType)
	members[keyAction] = encode(name)
	return usualKey(name), true
}

func isActionName(name string) bool {
	switch name {
	case keyTag, keyRemoveTag, keyWait, keyOptOut, "note", "updateTicket", "postRequest", "menu", "sendFile", "sendContact":
		return true
	}
	return isFlag(name)
}

// ofAI tells the keys of the object that an assistant of Whazing writes at the end of its answer, without "#".
func ofAI(key string) bool {
	switch strings.ToLower(key) {
	case "transferqueue", "transferuser", "sendpix", "closeticket":
		return true
	}
	return false
}
