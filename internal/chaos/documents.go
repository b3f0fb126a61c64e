package chaos

import (
	"fmt"
	"time"
)

// silent tells whether a channel has the rule about silence: there the platform sends messages of its own, which on other channels
// would start nothing.
func silent(channel int) bool { return channel%4 == 3 }

// documents are what the company has written, channel by channel.
func documents(size Size) []Document {
	var all []Document
	add := func(letter string, d Document) {
		d.Mark = fmt.Sprintf("%s%d", letter, len(all)+1)
		all = append(all, d)
	}
	wait := time.Minute
	if !size.Minute {
		wait = 0
	}
	for channel := range size.Channels {
		for i, reply := range []string{"stop", "stop", "continue", "restart"} {
			offsets := [][]time.Duration{
				{0, wait, 0, wait}, {wait, 0, 0}, {0, 0, wait, 0}, {0, wait, 0},
			}[(channel+i)%4]
			add("M", Document{Kind: Model, Channel: channel, Reply: reply, Offsets: offsets, Template: i%2 == 1})
		}
		if size.Minute {
			for _, d := range rulesOf(channel) {
				add("R", d)
			}
		}
		if silent(channel) {
			add("A", Document{Kind: Asked, Channel: channel, Offsets: []time.Duration{0}})
		}
		if channel%4 == 1 {
			add("C", Document{Kind: Config, Channel: channel, Reply: "stop", Offsets: []time.Duration{0, 0}, Trigger: "status", Name: fmt.Sprintf("novo-%d", channel)})
		}
	}
	return all
}

// rulesOf are a channel's rules: they wait for whole minutes, which is the least that they can say.
func rulesOf(channel int) []Document {
	rule := func(trigger, name string, attempts int) Document {
		d := Document{Kind: Rule, Channel: channel, Reply: "stop", Trigger: trigger, Name: fmt.Sprintf("%s-%d", name, channel)}
		for range attempts {
			d.Offsets = append(d.Offsets, time.Minute)
		}
		return d
	}
	switch channel % 4 {
	case 0:
		return []Document{rule("TAG_ADDED", "quente", 2), rule("CUSTOM", "pedido", 1)}
	case 2:
		return []Document{rule("STAGE_ENTERED", "proposta", 2), rule("DEAL_CREATED", "", 1)}
	case 3:
		return []Document{rule("NO_RESPONSE", "", 2)}
	}
	return nil
}
