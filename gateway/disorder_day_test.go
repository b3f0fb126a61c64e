package gateway_test

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"pgregory.net/rapid"
)

// parcel is one thing that the provider tells: a message, an echo, or a delivery state.
type parcel struct {
	who int
	at  time.Time
	// said keeps its place among what the same person said; a delivery state may come at any time.
	said   bool
	change func(s *stall) object
}

// drawDay draws what happens in a day, in order of time.
func drawDay(r *rapid.T, begins time.Time) []parcel {
	var day []parcel
	// What we answer depends on what else is unread by then, so there is one such thing in a person's day; and nobody of the
	// business takes over where a flow answers.
	var special [people]string
	var asks, stops [people]bool
	for who := range special {
		special[who] = rapid.SampledFrom([]string{"price", "stop"}).Draw(r, "special")
		asks[who], stops[who] = special[who] == "price", special[who] == "stop"
	}
	for i := range rapid.IntRange(0, 12).Draw(r, "messages") {
		who := rapid.IntRange(0, people-1).Draw(r, "who")
		at := begins.Add(time.Duration(rapid.IntRange(1, 7000).Draw(r, "second")) * time.Second)
		kinds := []string{"text", "image", "button", "reaction", "edit", "revoke", "unsupported"}
		if !asks[who] {
			kinds = append(kinds, "echo")
		}
		if special[who] != "" {
			kinds = append(kinds, special[who])
		}
		kind := rapid.SampledFrom(kinds).Draw(r, "kind")
		if kind == special[who] {
			special[who] = ""
		}
		if kind == "price" {
			at = begins.Add(7100 * time.Second) // the last word of the day: our answer, too, is judged by who spoke last
		}
		// A refusal and an answer each end a wait, and whichever is read first gives the reason: so who refuses is not somebody
		// whom we know as two people meanwhile.
		address, userID := drawAddress(r, who, !stops[who])
		day = append(day, drawMessage(kind, who, at, fmt.Sprintf("wamid.day.%d", i), address, userID))
	}
	for who := range people {
		speaks := slices.ContainsFunc(day, func(p parcel) bool { return p.who == who })
		day = append(day, drawStates(r, who, 0, begins, speaks)...)
		day = append(day, drawStates(r, who, 1, begins, speaks)...)
	}
	slices.SortStableFunc(day, func(a, b parcel) int { return a.at.Compare(b.at) })
	return day
}

// drawMessage is what a person says, or is told from the business's own phone.
func drawMessage(kind string, who int, at time.Time, id, address, userID string) parcel {
	message := object{"id": id, "timestamp": strconv.FormatInt(at.Unix(), 10)}
	field, list := "messages", "messages"
	switch kind {
	case "text", "price", "stop", "echo":
		texts := map[string]string{"text": "tudo bem", "price": "preço", "stop": "PARAR", "echo": "já te ligo"}
		message["type"], message["text"] = "text", object{"body": texts[kind]}
	case "image":
		message["type"], message["image"] = "image", object{"id": "media-" + id, "mime_type": "image/jpeg", "sha256": "x", "caption": "veja"}
	case "button":
		message["type"], message["button"] = "button", object{"payload": "sim", "text": "Sim"}
	case "reaction":
		message["type"], message["reaction"] = "reaction", object{"message_id": "wamid.x", "emoji": "👍"}
	case "edit":
		message["type"], message["edit"] = "edit", object{"original_message_id": "wamid.x", "message": object{"type": "text", "text": object{"body": "ops"}}}
	case "revoke":
		message["type"], message["revoke"] = "revoke", object{"original_message_id": "wamid.x"}
	case "unsupported":
		message["type"], message["errors"] = "unsupported", []object{{"code": 131051, "title": "unknown"}}
	}
	if kind == "echo" {
		field, list = "smb_message_echoes", "message_echoes"
		message["from"] = "551130000999"
		put(message, "to", address)
		put(message, "to_user_id", userID)
	} else {
		put(message, "from", address)
		put(message, "from_user_id", userID)
	}
	return parcel{who: who, at: at, said: true, change: func(s *stall) object {
		value := object{"messaging_product": "whatsapp", "metadata": object{"phone_number_id": s.tenant.Channel.Account}, list: []object{message}}
		if kind != "echo" {
			contact := object{"profile": object{"name": "Ana Souza"}}
			put(contact, "wa_id", address)
			put(contact, "user_id", userID)
			value["contacts"] = []object{contact}
		}
		return object{"field": field, "value": value}
	}}
}

// drawAddress is one of the ways in which the provider names a person: by the number in either of its Brazilian forms, by the
// business-scoped user id, or by both.
func drawAddress(r *rapid.T, who int, byID bool) (address, userID string) {
	forms := []string{"number", "number without its ninth digit", "number and id"}
	if byID {
		forms = append(forms, "id")
	}
	form := rapid.SampledFrom(forms).Draw(r, "named by")
	if form != "id" {
		address = walkerPhone(who)
	}
	if form == "number without its ninth digit" {
		address = walkerPhone(who)[:4] + walkerPhone(who)[5:]
	}
	if form == "number and id" || form == "id" {
		userID = walkerUserID(who)
	}
	return address, userID
}

func put(into object, name, value string) {
	if value != "" {
		into[name] = value
	}
}

// drawStates draws how far a message of the morning came. A provider does not report a failure of what it delivered. And of
// somebody who also writes, no failure is drawn that ends a wait or closes the window: an answer ends the wait too, and
// whichever is told first gives the reason; and what we answer goes by what we know at that moment.
func drawStates(r *rapid.T, who, nth int, begins time.Time, speaks bool) []parcel {
	paths := [][]string{{}, {"sent"}, {"sent", "delivered"}, {"sent", "delivered", "read"}, {"sent", "read"}, {"delivered"}}
	codes := []int{131000}
	if !speaks {
		codes = append(codes, 131026, 131047, 130472)
	}
	if nth == 1 || !speaks {
		paths = append(paths, []string{"failed"}, []string{"sent", "failed"})
	}
	path := rapid.SampledFrom(paths).Draw(r, "states")
	code := rapid.SampledFrom(codes).Draw(r, "code")
	second := rapid.IntRange(1, 3000).Draw(r, "second")
	var states []parcel
	for i, state := range path {
		at := begins.Add(time.Duration(second+i*rapid.IntRange(1, 1000).Draw(r, "later")) * time.Second)
		states = append(states, parcel{who: who, at: at, change: func(s *stall) object {
			status := object{"id": "wamid.of." + s.told[who][nth], "status": state, "timestamp": strconv.FormatInt(at.Unix(), 10),
				"recipient_id": walkerPhone(who), "biz_opaque_callback_data": s.told[who][nth]}
			if state == "failed" {
				status["errors"] = []object{{"code": code, "title": "failed"}}
			}
			return object{"field": "messages", "value": object{"messaging_product": "whatsapp",
				"metadata": object{"phone_number_id": s.tenant.Channel.Account}, "statuses": []object{status}}}
		}})
	}
	return states
}

// delivery is one webhook, and on whom the worker looks after it.
type delivery struct {
	parcels []parcel
	worked  []int
}

// drawDisorder shuffles a day, repeats some of it and packs it anew. What one person said stays in order the first time.
func drawDisorder(r *rapid.T, day []parcel) []delivery {
	shuffled := rapid.Permutation(day).Draw(r, "order")
	for who := range people {
		keepSpoken(shuffled, day, who)
	}
	var all []parcel
	for i, one := range shuffled {
		all = append(all, one)
		for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(r, "again") {
			all = append(all, shuffled[rapid.IntRange(0, i).Draw(r, "which")])
		}
	}
	var deliveries []delivery
	for len(all) > 0 {
		size := min(rapid.SampledFrom([]int{1, 1, 2, 3, 8}).Draw(r, "size"), len(all))
		deliveries = append(deliveries, delivery{parcels: all[:size], worked: rapid.SliceOfN(rapid.IntRange(0, people-1), 0, 2).Draw(r, "worked")})
		all = all[size:]
	}
	return deliveries
}

// keepSpoken puts what a person said back into its order, in the places that it has.
func keepSpoken(shuffled, day []parcel, who int) {
	spoken := slices.DeleteFunc(slices.Clone(day), func(p parcel) bool { return !p.said || p.who != who })
	for i := range shuffled {
		if shuffled[i].said && shuffled[i].who == who {
			shuffled[i], spoken = spoken[0], spoken[1:]
		}
	}
}
