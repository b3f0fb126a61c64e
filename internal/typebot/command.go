package typebot

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"sort"
)

// commandOf gives an object its meaning. A command is used whole or not at all: the first key that cannot be used refuses it.
func commandOf(found object) (Command, *mistake) {
	if len(found) == 0 {
		return Command{}, empty()
	}
	members, wrong := usualMembers(found)
	if wrong != nil {
		return Command{}, wrong
	}
	b := &builder{rest: members, normal: map[string]any{}}
	whole, wrong := actions(members)
	if wrong != nil {
		return Command{}, wrong
	}
	if !whole {
		for _, read := range []func() *mistake{b.followUp, b.changes, b.ours, b.others} {
			if wrong := read(); wrong != nil {
				return Command{}, wrong
			}
		}
	}
	return b.finish(whole), nil
}

// builder takes the keys of a command out of rest one after the other.
type builder struct {
	rest    map[string]json.RawMessage
	normal  map[string]any // the normal form: what Source says
	command Command
}

func (b *builder) take(key string) (json.RawMessage, bool) {
	value, given := b.rest[key]
	delete(b.rest, key)
	return value, given
}

// did notes a key in the normal form and under the names by which commands are allowed.
func (b *builder) did(key string, value any) {
	b.normal[key] = value
	b.name(key)
}

func (b *builder) name(key string) {
	if key == keyTags {
		key = keyTag
	}
	if !slices.Contains(b.command.Names, key) {
		b.command.Names = append(b.command.Names, key)
	}
}

// changes reads what changes the contact, in a fixed order, tags first: an object's keys have none.
func (b *builder) changes() *mistake {
	for _, key := range []string{keyTag, keyTags, keyRemoveTag} {
		if value, given := b.take(key); given {
			names, wrong := readNames(key, value)
			if wrong != nil {
				return wrong
			}
			b.change(Change{Key: key, Names: names}, listOrOne(names))
		}
	}
	if value, given := b.take(keyClearTags); given {
		yes, wrong := readFlag(keyClearTags, value)
		if wrong != nil {
			return wrong
		}
		b.changeIf(yes, Change{Key: keyClearTags})
	}
	for _, read := range []func() *mistake{b.status, b.stage, b.fields, b.optOut} {
		if wrong := read(); wrong != nil {
			return wrong
		}
	}
	return nil
}

func listOrOne(names []string) any {
	if len(names) == 1 {
		return names[0]
	}
	return names
}

func (b *builder) change(change Change, normal any) {
	b.command.Changes = append(b.command.Changes, change)
	b.did(change.Key, normal)
}

func (b *builder) changeIf(yes bool, change Change) {
	if yes {
		b.command.Changes = append(b.command.Changes, change)
	}
	b.did(change.Key, yes)
}

// status is the contact's, unless it is one that only a ticket has (AutoAtende): that is another platform's.
func (b *builder) status() *mistake {
	value, given := b.rest[keyStatus]
	if !given {
		return nil
	}
	name, wrong := readName(keyStatus, value)
	if wrong != nil {
		return wrong
	}
	if of := ticketStatus(name); of != "" {
		b.rest[keyStatus] = encode(of)
		return nil
	}
	delete(b.rest, keyStatus)
	b.change(Change{Key: keyStatus, Names: []string{name}}, name)
	return nil
}

func (b *builder) stage() *mistake {
	value, given := b.take(keyStage)
	if !given {
		return nil
	}
	name, wrong := readName(keyStage, value)
	if wrong == nil {
		b.change(Change{Key: keyStage, Names: []string{name}}, name)
	}
	return wrong
}

func (b *builder) fields() *mistake {
	value, given := b.take(keyFields)
	if !given {
		return nil
	}
	fields, wrong := readFields(value)
	if wrong == nil {
		b.change(Change{Key: keyFields, Fields: fields}, normalised(value))
	}
	return wrong
}

// optOut reads a refusal of messages, or its taking back.
func (b *builder) optOut() *mistake {
	if value, given := b.take(keyOptOut); given {
		scope, wrong := readScope(value)
		if wrong != nil {
			return wrong
		}
		if scope == "" {
			b.change(Change{Key: keyOptIn}, true)
			delete(b.normal, keyOptIn)
			b.normal[keyOptOut] = false
		} else {
			b.change(Change{Key: keyOptOut, Names: []string{scope}}, scope)
		}
	}
	if value, given := b.take(keyOptIn); given {
		yes, wrong := readFlag(keyOptIn, value)
		if wrong != nil {
			return wrong
		}
		b.changeIf(yes, Change{Key: keyOptIn})
	}
	return nil
}

// ours reads what concerns the bot itself.
func (b *builder) ours() *mistake {
	for key, to := range map[string]*bool{keyStopBot: &b.command.StopBot, keyPing: &b.command.Ping} {
		if value, given := b.take(key); given {
			yes, wrong := readFlag(key, value)
			if wrong != nil {
				return wrong
			}
			*to = yes
			b.did(key, yes)
		}
	}
	value, given := b.take(keyWait)
	if !given {
		return nil
	}
	wait, wrong := readWait(value)
	if wrong == nil {
		b.command.Wait = wait
		b.did(keyWait, json.Number(secondsText(wait)))
	}
	return wrong
}

// others gives the keys of other platforms one form: ids are texts, "0" for none; flags are true or false.
func (b *builder) others() *mistake {
	for _, key := range slices.Sorted(maps.Keys(b.rest)) {
		switch {
		case isID(key):
			id, wrong := readID(key, b.rest[key])
			if wrong != nil {
				return wrong
			}
			if id == "" {
				id = "0"
			}
			b.rest[key] = encode(id)
		case isFlag(key):
			yes, wrong := readFlag(key, b.rest[key])
			if wrong != nil {
				return wrong
			}
			b.rest[key] = encode(yes)
		}
	}
	return nil
}

func (b *builder) finish(whole bool) Command {
	for _, key := range slices.Sorted(maps.Keys(b.rest)) {
		b.normal[key] = normalised(b.rest[key])
		if !whole {
			b.name(key)
		}
	}
	if whole {
		b.name(unquotedText(b.rest[keyAction]))
	}
	if len(b.rest) > 0 {
		b.command.Unknown = b.rest
	}
	slices.Sort(b.command.Names)
	b.command.Source = string(encode(b.normal))
	return b.command
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
