package typebot

import (
	"bytes"
	"encoding/json"
	"sort"
)

// commandOf gives an object its meaning.
func commandOf(found object) (Command, *mistake) {
	if len(found) == 0 {
		return Command{}, empty()
	}
	members, wrong := usualMembers(found)
	if wrong != nil {
		return Command{}, wrong
	}
	var command Command
	normal := make(map[string]any, len(members))
	for key, value := range members {
		normal[key] = normalised(value)
	}
	if id, present := members[keyFollowUp]; present {
		if command.FollowUp, wrong = followUpOf(id, members[keyVars]); wrong != nil {
			return Command{}, wrong
		}
		delete(members, keyFollowUp)
		delete(members, keyVars)
		normal[keyFollowUp] = command.FollowUp.Model
		if command.FollowUp.Remove {
			normal[keyFollowUp] = "0"
		}
		if len(command.FollowUp.Vars) == 0 {
			delete(normal, keyVars)
		}
	}
	if len(members) > 0 {
		command.Unknown = members
	}
	command.Source = string(encode(normal))
	return command, nil
}

// usualMembers brings the keys into their usual spelling; two that become the same are ambiguous.
// Keys nobody knows are compared without case too, because their readers do.
func usualMembers(found object) (map[string]json.RawMessage, *mistake) {
	keys := make([]string, 0, len(found))
	for key := range found {
		keys = append(keys, key)
	}
	sort.Strings(keys) // for the same complaint each time
	members := make(map[string]json.RawMessage, len(found))
	seen := make(map[string]bool, len(found))
	for _, key := range keys {
		usual := usualKey(key)
		folded := foldKey(usual)
		if folded == "" {
			return nil, emptyKey()
		}
		if seen[folded] {
			return nil, ambiguous(usual)
		}
		seen[folded] = true
		members[usual] = compact(found[key])
	}
	return members, nil
}

func followUpOf(id, vars json.RawMessage) (*FollowUpCommand, *mistake) {
	model, wrong := readModel(id)
	if wrong != nil {
		return nil, wrong
	}
	command := &FollowUpCommand{Model: model, Remove: model == ""}
	if len(vars) == 0 {
		return command, nil
	}
	if err := json.Unmarshal(vars, &command.Vars); err != nil {
		return nil, badVars()
	}
	if len(command.Vars) == 0 {
		command.Vars = nil
	}
	return command, nil
}

// compact removes the blanks between the parts of a JSON value.
func compact(value json.RawMessage) json.RawMessage {
	var out bytes.Buffer
	if err := json.Compact(&out, value); err != nil {
		return value
	}
	return out.Bytes()
}

// normalised decodes a JSON value so that encoding it again sorts its keys; numbers stay as written.
func normalised(value json.RawMessage) any {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return value
	}
	return decoded
}
