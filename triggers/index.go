package triggers

import (
	"slices"

	"retoma/flows"
	"retoma/internal/chat"
)

// Index finds the flows that an event may start without asking each: by the event's name, and by what the flow's condition
// demands of the stage, status or tag. A tenant may have hundreds of rules; a message should meet only those that fit.
// It is immutable once it is shared.
type Index struct {
	byEvent map[string]*listeners
}

// listeners are the flows that wait for one event.
type listeners struct {
	// always are asked at every such event; demanding only when a value is there that their condition needs.
	always    []ranked
	demanding map[demand][]ranked
}

// ranked keeps the order in which flows were added.
type ranked struct {
	rank int
	flow *flows.Flow
}

// demand is a value that a path must have.
type demand struct{ path, value string }

// demandPaths are what conditions are looked up by, the most telling first.
var demandPaths = []string{"trigger.tag", "trigger.stage", "trigger.status", "contact.stage", "contact.status"}

// NewIndex makes an index of active flows, in the order in which they are to start.
func NewIndex(active []*flows.Flow) *Index {
	index := &Index{byEvent: map[string]*listeners{}}
	for rank, flow := range active {
		index.add(ranked{rank, flow})
	}
	return index
}

func (i *Index) add(one ranked) {
	waiting := map[string][]flows.TriggerWanted{}
	for _, wanted := range one.flow.Triggers() {
		waiting[wanted.Event] = append(waiting[wanted.Event], wanted)
	}
	for event, wanted := range waiting {
		heard := i.byEvent[event]
		if heard == nil {
			heard = &listeners{demanding: map[demand][]ranked{}}
			i.byEvent[event] = heard
		}
		heard.add(one, wanted)
	}
}

// add files a flow under what its one trigger for the event demands; several triggers are asked always.
func (l *listeners) add(one ranked, wanted []flows.TriggerWanted) {
	if len(wanted) == 1 && wanted[0].If != nil {
		for _, path := range demandPaths {
			values, demands := wanted[0].If.Needs(path)
			if !demands {
				continue
			}
			for _, value := range slices.Compact(slices.Sorted(slices.Values(values))) {
				l.demanding[demand{path, value}] = append(l.demanding[demand{path, value}], one)
			}
			return
		}
	}
	l.always = append(l.always, one)
}

// Candidates are the flows that an event may start, in their order: every one that [Match] accepts is among them.
func (i *Index) Candidates(event chat.Event, contact chat.Contact) []*flows.Flow {
	heard := i.byEvent[string(event.Name)]
	if heard == nil {
		return nil
	}
	found := slices.Clone(heard.always)
	if len(heard.demanding) > 0 {
		for _, path := range demandPaths {
			if value, known := valueOf(path, event, contact); known {
				found = append(found, heard.demanding[demand{path, value}]...)
			}
		}
		slices.SortFunc(found, func(a, b ranked) int { return a.rank - b.rank })
	}
	candidates := make([]*flows.Flow, len(found))
	for place, one := range found {
		candidates[place] = one.flow
	}
	return candidates
}

// valueOf is what conditions would read; what is no text equals none of theirs.
func valueOf(path string, event chat.Event, contact chat.Contact) (string, bool) {
	switch path {
	case "contact.stage":
		return contact.Stage, true
	case "contact.status":
		return contact.Status, true
	}
	value, isText := event.Data[path[len("trigger."):]].(string)
	return value, isText
}
