package chaos

import (
	"math/rand/v2"
	"slices"
	"time"

	"retoma/internal/provider/sandbox"
)

// Fault is something that goes wrong at a time of the plan.
type Fault struct {
	At   time.Duration `json:"at"`
	What string        `json:"what"`
	// Target is the process or the line that is hurt, or the channel of a provider's fault (-1: all).
	Target  string        `json:"target,omitempty"`
	Channel int           `json:"channel,omitempty"`
	Length  time.Duration `json:"length,omitempty"`
	// Armed is a fault of the simulated WhatsApp.
	Armed *sandbox.FaultRule `json:"armed,omitempty"`
}

// The ways to hurt processes and lines.
const (
	kills      = "kill -9"
	terminates = "SIGTERM"
	freezes    = "SIGSTOP"
	flushes    = "FLUSHALL"
	crashes    = "immediate stop"
	cuts       = "cut"
	slows      = "slow"
	holds      = "silence"
	offs       = "off"
	jumps      = "clock jump"
	arms       = "provider fault"
)

// The names of processes and lines.
const (
	gatewayName  = "gateway"
	postgresName = "postgres"
	redisName    = "redis"
	consoleName  = "asynqmon"
	aloneName    = "retoma"
	providerLine = "provider"
	webhookLine  = "webhooks"
)

func workerNames() []string { return []string{"worker1", "worker2"} }

// way is a kind of fault that the plan draws from, as often as weight says.
type way struct {
	weight  int
	what    string
	targets []string
	// from and to bound how long it lasts.
	from, to time.Duration
}

func waysOf(services bool) []way {
	second := time.Second
	all := []way{
		{30, arms, nil, 0, 0},
		{5, jumps, nil, 10 * second, 12 * time.Minute},
		{5, cuts, []string{providerLine, webhookLine}, 0, 0},
		{4, slows, []string{providerLine, webhookLine}, 2 * second, 10 * second},
		{3, holds, []string{providerLine, webhookLine}, 2 * second, 12 * second},
		{4, offs, []string{providerLine, webhookLine}, 2 * second, 15 * second},
	}
	if !services {
		return append(all, way{14, kills, []string{aloneName}, 0, 3 * second}, way{5, terminates, []string{aloneName}, 0, 2 * second},
			way{5, freezes, []string{aloneName}, second, 20 * second})
	}
	roles := append([]string{gatewayName}, workerNames()...)
	lines := []string{}
	for _, role := range roles {
		lines = append(lines, lineName(role, postgresName), lineName(role, redisName))
	}
	return append(all,
		way{14, kills, roles, 0, 4 * second}, way{6, terminates, roles, 0, 3 * second}, way{6, freezes, roles, second, 25 * second},
		way{4, flushes, []string{redisName}, 0, 0}, way{4, kills, []string{redisName}, 0, 8 * second}, way{3, freezes, []string{redisName}, second, 12 * second},
		way{4, crashes, []string{postgresName}, 0, 3 * second},
		way{8, cuts, lines, 0, 0}, way{4, slows, lines, 2 * second, 8 * second}, way{3, holds, lines, second, 10 * second},
	)
}

// lineName is the line from a role to a service.
func lineName(role, service string) string { return role + "-" + service }

// longestAhead is how far the provider's clock is moved in all: windows stay open, or nothing would be sent any more.
const longestAhead = 20 * time.Hour

// faults draws what goes wrong, evenly over the time of playing and in every way there is.
func faults(chance *rand.Rand, size Size, services bool) []Fault {
	ways, names := waysOf(services), armory(chance)
	ahead := time.Duration(0)
	var all []Fault
	for i := range size.Faults {
		step := size.Playing / time.Duration(size.Faults)
		f := Fault{At: time.Duration(i)*step + fraction(chance, step), Channel: -1}
		drawn := draw(chance, ways)
		f.What, f.Length = drawn.what, drawn.from+fraction(chance, drawn.to-drawn.from)
		if len(drawn.targets) > 0 {
			f.Target = drawn.targets[chance.IntN(len(drawn.targets))]
		}
		if f.What == jumps {
			if ahead+f.Length > longestAhead {
				f.Length = time.Minute
			}
			ahead += f.Length
		}
		if f.What == arms {
			f.Armed, names = &names[0], append(slices.Clone(names[1:]), names[0])
			f.Channel = chance.IntN(size.Channels)
			f.Target = f.Armed.Fault
		}
		all = append(all, f)
	}
	return all
}

func draw(chance *rand.Rand, ways []way) way {
	total := 0
	for _, one := range ways {
		total += one.weight
	}
	roll := chance.IntN(total)
	for _, one := range ways {
		if roll -= one.weight; roll < 0 {
			return one
		}
	}
	return ways[0]
}

// armory is every fault that the simulated WhatsApp has, in a random order, each for a while or for a few messages. What takes a
// country or a template away for a day strikes once; files are not sent here, and their faults meet nothing.
func armory(chance *rand.Rand) []sandbox.FaultRule {
	some := 0.3
	special := map[string]sandbox.FaultRule{
		"latencyMs":            {With: map[string]any{"ms": 400}, Until: "8s"},
		"outage":               {With: map[string]any{"kind": "cut"}, Count: 8, Until: "6s"},
		"retryAfter":           {With: map[string]any{"seconds": 3}, Count: 6, Until: "10s"},
		"slowBytes":            {With: map[string]any{"ms": 20, "bytes": 32}, Until: "8s"},
		"htmlError":            {With: map[string]any{"status": 502, "accepts": true}, Count: 8},
		"nextError":            {With: map[string]any{"code": 131000}, Count: 8},
		"acceptThenTimeout":    {With: map[string]any{"mode": "hang", "hangMs": 8000}, Count: 6},
		"resetMidBody":         {Count: 8},
		"slowDelivery":         {With: map[string]any{"seconds": 10}, Until: "15s"},
		"dropWebhooks":         {Probability: &some, Count: 10, Until: "15s"},
		"delayWebhooks":        {With: map[string]any{"seconds": 2, "jitterSeconds": 15}, Until: "20s"},
		"reorderWebhooks":      {With: map[string]any{"withinSeconds": 6}, Until: "20s"},
		"batchWebhooks":        {With: map[string]any{"most": 12, "withinSeconds": 2}, Until: "20s"},
		"hugeWebhooks":         {Count: 2},
		"wrongSecret":          {Count: 10, Until: "15s"},
		"templateHeld":         {With: map[string]any{"minutes": 0.2}, Count: 5},
		"templateRejected":     {Count: 1, Until: "10s"},
		"subscriptionDisabled": {With: map[string]any{"afterHours": 168}, Until: "20s"},
		"countryRestricted":    {Phones: []string{abroad}},
		"spamLimit":            {Count: 3, Until: "15s"},
		"contentPolicy":        {Count: 1, Until: "5s"},
	}
	var all []sandbox.FaultRule
	for _, kind := range sandbox.FaultKinds() {
		rule, own := special[kind.Name]
		if !own {
			rule = sandbox.FaultRule{Count: 6, Until: "15s"}
		}
		rule.Fault = kind.Name
		all = append(all, rule)
	}
	chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// abroad is the one customer of another country: what restricts a country would end the run for everybody else.
const abroad = "351910000001"
