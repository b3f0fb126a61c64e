package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Rolled is what a rolling restart of everything came to.
type Rolled struct {
	*Report
	Restarts []Restart
	// Queues are the queues that asynqmon lists. Before and After are its tasks of the follow-ups that are due in an hour, ParkedIDs
	// what retoma calls these follow-ups.
	Queues        []string
	Before, After []Task
	ParkedIDs     []string
}

// Roll starts the layout of docker-compose.yml as plain processes, with Redis' append-only file and asynqmon, and restarts each of them
// once while customers write and follow-ups come due. What is restarted is told to end, not hurt; only PostgreSQL ends at once.
func Roll(ctx context.Context, o Options) (*Rolled, error) {
	if o.Console == "" || !o.Services {
		return nil, errors.New("a rolling restart needs the services and asynqmon's program")
	}
	o.began, o.talking = time.Now(), &sync.Mutex{}
	plan := rollingPlan(o.Seed, o.Size)
	world, err := newWorld(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("starting: %w", err)
	}
	defer world.Close()
	company, err := world.found(ctx, plan)
	if err != nil {
		return nil, fmt.Errorf("setting up: %w", err)
	}
	if err := world.park(ctx, company, slices.IndexFunc(plan.Documents, func(d Document) bool { return d.Kind == Rule }), parkedPeople); err != nil {
		return nil, fmt.Errorf("parking: %w", err)
	}
	rolled := &Rolled{}
	if rolled.Before, err = world.parkedTasks(ctx); err != nil {
		return nil, err
	}
	stories, restarts, err := world.liveThrough(ctx, plan, company)
	if err != nil {
		return nil, err
	}
	if rolled.Report, err = world.reckon(ctx, plan, company, stories, nil); err != nil {
		return nil, err
	}
	rolled.Restarts = world.counted(restarts)
	for id := range world.parked {
		rolled.ParkedIDs = append(rolled.ParkedIDs, id)
	}
	if rolled.Queues, err = world.console.queues(ctx); err != nil {
		return nil, err
	}
	rolled.After, err = world.parkedTasks(ctx)
	return rolled, err
}

// parkedPeople are those whose follow-ups are due in an hour.
const parkedPeople = 12

// rollingPlan is a steady stream of customers: half of them are put into models that write at once, half get a follow-up that is due in
// some seconds; some answer.
func rollingPlan(seed uint64, size Size) Plan {
	chance := rand.New(rand.NewPCG(seed, 0x726f6c6c))
	plan := Plan{Seed: seed, Size: size}
	for channel := range size.Channels {
		plan.Documents = append(plan.Documents,
			Document{Mark: fmt.Sprintf("M%d", 3*channel+1), Kind: Model, Channel: channel, Reply: "stop", Offsets: []time.Duration{0, 0, 0}},
			Document{Mark: fmt.Sprintf("M%d", 3*channel+2), Kind: Model, Channel: channel, Reply: "continue", Offsets: []time.Duration{0, 0}},
			byHand(fmt.Sprintf("H%d", 3*channel+3), channel))
	}
	for i := range size.Customers {
		channel := i % size.Channels
		c := Customer{Phone: "55119" + padded(10_000_000+i), Channel: channel, Acts: []Act{{Kind: Writes, Document: -1}}}
		document := 3*channel + i/size.Channels%3
		answers := chance.IntN(3) == 0
		if plan.Documents[document].Kind == Model {
			c.Acts = append(c.Acts, Act{Kind: Enrols, Document: document, After: fraction(chance, time.Second)})
		} else {
			c.Acts = append(c.Acts, Act{Kind: Schedules, Document: document, Ahead: 4*time.Second + fraction(chance, 14*time.Second)})
		}
		if answers {
			c.Acts = append(c.Acts, Act{Kind: Writes, Document: -1, After: fraction(chance, 12*time.Second)})
		}
		plan.Customers = append(plan.Customers, c)
	}
	return plan
}

func padded(number int) string { return fmt.Sprintf("%08d", number) }

// everySoOften is the pause between two customers.
const everySoOften = 120 * time.Millisecond

// liveThrough lets customers begin, one after another, until everything was restarted.
func (w *World) liveThrough(ctx context.Context, plan Plan, company *Company) ([]Story, []Restart, error) {
	helping, stop := context.WithCancel(ctx)
	defer stop()
	go w.watch(helping)
	rolling, rolled := context.WithCancel(ctx)
	var restarts []Restart
	var failed error
	go func() {
		defer rolled()
		pause(rolling, 2*time.Second)
		restarts, failed = w.roll(ctx)
	}()
	var playing sync.WaitGroup
	stories := make([]Story, 0, len(plan.Customers)) // it never grows: players keep places in it
	patient, cancel := context.WithTimeout(ctx, plan.Size.Playing+plan.Size.Settling)
	defer cancel()
	for i, customer := range plan.Customers {
		if !pause(rolling, everySoOften) {
			break
		}
		stories = append(stories, Story{Customer: customer})
		p := &player{world: w, company: company, plan: plan, story: &stories[i], index: i}
		playing.Go(func() { p.live(patient) })
	}
	<-rolling.Done()
	playing.Wait()
	w.options.tell("%d customers have played", len(stories))
	return stories, restarts, failed
}

// parkedTasks waits until each follow-up that is due in an hour has a task that asynqmon shows, and gives them.
func (w *World) parkedTasks(ctx context.Context) ([]Task, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		tasks, err := w.console.scheduled(ctx, "inbox", time.Now().Add(parkedAhead/2))
		if err == nil && len(tasks) >= len(w.parked) {
			return tasks, nil
		}
		if !pause(ctx, 200*time.Millisecond) {
			return tasks, errors.Join(err, fmt.Errorf("asynqmon shows %d of %d scheduled follow-ups", len(tasks), len(w.parked)))
		}
	}
}

// counted notes what went on while each process was away.
func (w *World) counted(restarts []Restart) []Restart {
	w.wire.mu.Lock()
	defer w.wire.mu.Unlock()
	for i := range restarts {
		one := &restarts[i]
		within := func(t time.Time) bool { return t.After(one.Began) && t.Before(one.Began.Add(one.Away)) }
		for _, mail := range w.wire.mail {
			if within(mail.Acked) {
				one.Heard++
			}
		}
		for _, attempt := range w.wire.attempts {
			if within(attempt.Ended) && attempt.Status == 200 {
				one.Sent++
			}
		}
	}
	return restarts
}
