package chaos

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Size is how much is played.
type Size struct {
	Customers int
	Faults    int
	// Channels are numbers of the company, each with a model of every kind and, in turns, rules or an assistant's configuration.
	Channels int
	// Playing is the time in which customers begin and faults strike; what is under way then is waited for, at most for Settling.
	Playing, Settling time.Duration
	// Minute is what a model's minute and a rule's are: false leaves out everything that waits for one, so that a run takes seconds.
	Minute bool
}

// Kind is how a document was authored.
type Kind string

// The kinds of documents, and the message that a platform asks for.
const (
	Model  Kind = "model"
	Rule   Kind = "rule"
	Config Kind = "config"
	Asked  Kind = "asked"
)

// Document is a model, a rule or a configuration that the plan asks for.
type Document struct {
	Mark    string // such as M3: part of the text of each of its messages
	Kind    Kind
	Channel int
	// Offsets are the waits before each message: the first from the beginning, the others from the message before.
	Offsets []time.Duration
	// Reply is what a customer's message does: continue, stop or restart.
	Reply string
	// Trigger is a rule's, Name the tag, stage, event or status that it waits for.
	Trigger, Name string
	// Template is sent when the window is closed.
	Template bool
}

// stops tells whether a reply ends what waits.
func (d Document) stops() bool { return d.Reply == "stop" }

// mark is what stands in the text of a step, so that phones tell what they received. All attempts of a rule have one text.
func (d Document) mark(step int) string {
	if d.Kind == Rule {
		return d.Mark + ".1"
	}
	return fmt.Sprintf("%s.%d", d.Mark, step+1)
}

// ActKind is something that a customer or the company's platform does.
type ActKind string

// What is done.
const (
	Writes  ActKind = "writes"  // the customer writes
	Enrols  ActKind = "enrols"  // the platform puts the customer into a model
	Removes ActKind = "removes" // the platform takes the customer out of whatever model
	Raises  ActKind = "raises"  // the platform tells of a tag, a stage, a deal, a status or an event of its own
	Says    ActKind = "says"    // the platform sends a message
	Hastens ActKind = "hastens" // somebody sends the pending step of a configuration now
	Refuses ActKind = "refuses" // the customer writes SAIR
	// Schedules is somebody who plans one attempt of a rule by hand.
	Schedules ActKind = "schedules"
)

// Act is one thing that is done once the one before was acknowledged and After has passed.
type Act struct {
	Kind     ActKind
	After    time.Duration
	Document int // index; -1: none
	// Ahead is how far ahead it is scheduled.
	Ahead time.Duration
}

// Customer is one person and what happens with them.
type Customer struct {
	Phone   string
	Channel int
	Begins  time.Duration
	Acts    []Act
}

// Plan is what a seed and a size make. It is the same each time; how what it asks for falls together in time is not.
type Plan struct {
	Seed      uint64
	Size      Size
	Documents []Document
	Customers []Customer
	Faults    []Fault
	// Evidence tells that the channels go by evidence where a send is in doubt.
	Evidence bool
}

// NewPlan makes the plan.
func NewPlan(seed uint64, size Size, services bool) Plan {
	chance := rand.New(rand.NewPCG(seed, 0x7265746f6d61))
	plan := Plan{Seed: seed, Size: size, Documents: documents(size)}
	for i := range size.Customers {
		plan.Customers = append(plan.Customers, plan.customer(chance, i))
	}
	plan.Faults = faults(chance, size, services)
	return plan
}

func (p Plan) customer(chance *rand.Rand, index int) Customer {
	channel := index % p.Size.Channels
	c := Customer{Phone: fmt.Sprintf("55119%08d", 10_000_000+index), Channel: channel, Begins: fraction(chance, p.Size.Playing*9/10)}
	if index == 0 {
		c.Phone = abroad
	}
	c.Acts = append(c.Acts, Act{Kind: Writes, Document: -1})
	switch own := p.on(channel); {
	case silent(channel) && chance.IntN(3) > 0:
		c.Acts = append(c.Acts, Act{Kind: Says, Document: own[Asked][0], After: fraction(chance, 2*time.Second)})
	default:
		models := own[Model]
		first := models[chance.IntN(len(models))]
		c.Acts = append(c.Acts, Act{Kind: Enrols, Document: first, After: fraction(chance, 2*time.Second)})
		if rules := own[Rule]; len(rules) > 0 && !silent(channel) && chance.IntN(2) == 0 {
			c.Acts = append(c.Acts, Act{Kind: Raises, Document: rules[chance.IntN(len(rules))], After: fraction(chance, 3*time.Second)})
		}
		if configs := own[Config]; len(configs) > 0 && chance.IntN(2) == 0 {
			c.Acts = append(c.Acts, Act{Kind: Raises, Document: configs[0]}, Act{Kind: Hastens, Document: configs[0], After: time.Second}, Act{Kind: Hastens, Document: configs[0], After: 5 * time.Second})
		}
		if chance.IntN(12) == 0 {
			c.Acts = append(c.Acts, Act{Kind: Enrols, Document: models[(first-models[0]+1)%len(models)], After: fraction(chance, p.wait())})
		}
	}
	return p.ending(chance, c)
}

// ending is what the customer does at last: nothing, an answer, or a word that refuses everything; or the platform ends it.
func (p Plan) ending(chance *rand.Rand, c Customer) Customer {
	switch roll := chance.IntN(100); {
	case roll < 35:
		c.Acts = append(c.Acts, Act{Kind: Writes, Document: -1, After: fraction(chance, p.wait())})
	case roll < 42:
		c.Acts = append(c.Acts, Act{Kind: Removes, Document: -1, After: fraction(chance, p.wait())})
	case roll < 46 && !silent(c.Channel):
		c.Acts = append(c.Acts, Act{Kind: Refuses, Document: -1, After: fraction(chance, p.wait())})
	}
	return c
}

// wait is the time in which endings fall: around the times at which messages are due.
func (p Plan) wait() time.Duration {
	if p.Size.Minute {
		return 100 * time.Second
	}
	return 3 * time.Second
}

// on are the documents of a channel by kind.
func (p Plan) on(channel int) map[Kind][]int {
	own := map[Kind][]int{}
	for i, d := range p.Documents {
		if d.Channel == channel {
			own[d.Kind] = append(own[d.Kind], i)
		}
	}
	return own
}

func fraction(chance *rand.Rand, of time.Duration) time.Duration {
	return time.Duration(chance.Int64N(int64(of) + 1))
}
