package house

// room is one package, or with a pattern ("internal/provider/*") each of a kind, and what it may import.
type room struct {
	path  string
	level int
	// floor orders the rooms of one level that a common room above them puts together: those of gateway.
	floor int
	// ours are the packages of this module that it may import, by path or pattern. Tests may import more: see tests below.
	ours []string
	// pure rooms decide and do nothing: no I/O, no context, no clock, no goroutines' timers.
	pure bool
}

// The levels from which a clock may be read, and from which a room wires others together.
const (
	levelWithClock = 5
	levelOfWiring  = 6
)

// rooms is the house. Imports go downward only; the rooms of level 5 do not know one another: what gateway, worker,
// store, wake and pace have in common are values, in desk.
var rooms = []room{
	{path: "internal/fault", level: 0, pure: true},
	{path: "internal/chat", level: 0, pure: true, ours: []string{"internal/fault"}},

	{path: "internal/health", level: 1},
	{path: "internal/trace", level: 1},
	{path: "internal/expr", level: 1, pure: true, ours: vocabulary},
	{path: "internal/archive", level: 1},
	{path: "internal/calendar", level: 1, pure: true, ours: []string{"internal/fault"}},
	{path: "internal/typebot", level: 1, ours: vocabulary},
	{path: "internal/ai", level: 1, ours: vocabulary},
	{path: "internal/ai/scripted", level: 1},
	{path: "internal/provider", level: 1, ours: vocabulary},

	{path: "flows", level: 2, pure: true, ours: with(vocabulary, "internal/expr", "internal/calendar")},

	{path: "internal/desk", level: 3, ours: with(vocabulary, "flows")},
	{path: "nodes", level: 3, pure: true, ours: with(vocabulary, "flows", "internal/expr", "internal/calendar")},
	{path: "triggers", level: 3, pure: true, ours: with(vocabulary, "flows", "internal/expr")},
	{path: "flows/followup", level: 3, pure: true, ours: with(vocabulary, "flows", "internal/expr", "internal/calendar")},
	{path: "actions", level: 3, ours: with(vocabulary, "internal/provider", "internal/ai", "internal/expr", "internal/calendar")},
	{path: "internal/provider/sandbox", level: 3, ours: []string{"internal/fault"}},
	{path: "internal/provider/*", level: 3, ours: with(vocabulary, "internal/provider")},

	{path: "internal/catalog", level: 4, ours: []string{"internal/fault", "flows", "flows/followup", "triggers", "nodes"}},

	{path: "gateway", level: 5, ours: with(vocabulary, "internal/trace", "gateway/*", "internal/catalog", "internal/provider", "internal/health", "internal/desk")},
	{path: "gateway/web", level: 5, floor: 1, ours: with(vocabulary, "internal/trace", "internal/desk", "flows")},
	{path: "gateway/briefs", level: 5, floor: 2, ours: with(vocabulary, "gateway/web")},
	{path: "gateway/people", level: 5, floor: 2, ours: with(vocabulary, "internal/trace", "gateway/web", "internal/desk", "internal/calendar", "internal/provider")},
	{path: "gateway/outgoing", level: 5, floor: 3, ours: with(vocabulary, "internal/trace", "gateway/web", "gateway/briefs", "gateway/people", "internal/desk", "flows", "flows/followup", "actions")},
	{path: "gateway/entrance", level: 5, floor: 4, ours: with(shared, "internal/trace", "flows", "flows/followup", "internal/calendar", "internal/provider", "internal/typebot")},
	{path: "gateway/authoring", level: 5, floor: 4, ours: with(shared, "gateway/outgoing", "internal/catalog", "flows", "flows/followup", "actions")},
	{path: "gateway/followups", level: 5, floor: 4, ours: with(shared, "internal/catalog", "flows", "internal/calendar")},
	{path: "gateway/conversations", level: 5, floor: 4, ours: with(shared, "gateway/outgoing", "internal/calendar", "internal/provider")},
	{path: "gateway/channels", level: 5, floor: 4, ours: with(shared, "gateway/outgoing", "internal/calendar", "internal/provider", "actions")},
	{path: "gateway/assistants", level: 5, floor: 4, ours: with(shared, "internal/calendar", "actions")},
	{path: "gateway/office", level: 5, floor: 4, ours: with(shared, "flows", "internal/calendar", "internal/typebot")},
	{path: "internal/worker", level: 5, ours: with(vocabulary, "internal/trace", "internal/desk", "flows", "triggers", "actions", "internal/provider", "internal/calendar")},
	{path: "internal/store", level: 5, ours: with(vocabulary, "internal/desk", "flows", "internal/calendar", "internal/typebot", "internal/archive")},
	{path: "internal/wake", level: 5, ours: with(vocabulary, "internal/desk")},
	{path: "internal/pace", level: 5, ours: with(vocabulary, "internal/desk")},
	{path: "internal/notify", level: 5, ours: with(vocabulary, "internal/desk")},
	{path: "internal/deliver", level: 5, ours: with(vocabulary, "internal/desk")},
	{path: "internal/media", level: 5, ours: with(vocabulary, "internal/desk", "internal/provider")},
	{path: "internal/doctor", level: 5, ours: with(vocabulary, "internal/desk")},
	{path: "internal/play", level: 5, ours: with(vocabulary, "internal/desk", "internal/catalog", "flows", "flows/followup", "triggers",
		"nodes", "actions", "internal/provider", "internal/ai", "internal/expr", "internal/calendar", "internal/typebot")},

	// The library of metrics brings parts of every room along, SQL's too; only whoever wires may know it.
	{path: "internal/metrics", level: 6, floor: 1, ours: []string{"internal/desk"}},
	{path: "internal/app", level: 6, ours: []string{"*"}},

	{path: "cmd/*", level: 7, ours: []string{"internal/app", "internal/desk", "internal/play"}},

	{path: "internal/processes", level: 5},
	{path: "internal/chaos", level: 6, ours: []string{"internal/processes", "internal/provider/sandbox", "internal/ai/scripted"}},
	{path: "internal/chaos/drive", level: 7, ours: []string{"internal/chaos"}},
	{path: "internal/goals", level: 6, ours: []string{"internal/processes"}},
	{path: "internal/goals/drive", level: 7, ours: []string{"internal/goals"}},
	{path: "internal/strain", level: 6, ours: []string{"internal/processes"}},
	{path: "internal/strain/drive", level: 7, ours: []string{"internal/strain"}},

	{path: "internal/house", level: 7},
}

// vocabulary are the words that every room above may speak.
var vocabulary = []string{"internal/chat", "internal/fault"}

// shared is what every family of endpoints may use. The families do not know one another.
var shared = with(vocabulary, "gateway/web", "gateway/briefs", "gateway/people", "internal/desk")

func with(base []string, more ...string) []string {
	return append(append([]string{}, base...), more...)
}

// guest is a library, or a part of Go's own, that only some rooms let in.
type guest struct {
	// prefix is of an import path.
	prefix string
	rooms  []string
	// reason is what a failing test says.
	reason string
}

// guests are the libraries whose ways would otherwise spread through the house.
var guests = []guest{
	{"github.com/gofiber/", []string{"gateway", "gateway/*"}, "HTTP is served in gateway and nowhere else"},
	{"github.com/danielgtaylor/huma/", []string{"gateway", "gateway/*"}, "HTTP is served in gateway and nowhere else"},
	{"github.com/valyala/fasthttp", []string{"gateway", "gateway/*"}, "HTTP is served in gateway and nowhere else"},
	{"github.com/hibiken/asynq", []string{"internal/wake"}, "queues only wake; nobody else may come to rely on them"},
	{"github.com/redis/go-redis/", []string{"internal/wake", "internal/pace"}, "Redis may be lost at any time; only these two know how to live without it"},
	{"github.com/alicebob/miniredis/", []string{"internal/wake", "internal/pace"}, "Redis may be lost at any time; only these two know how to live without it"},
	{"github.com/yuin/gopher-lua", []string{"internal/wake", "internal/pace"}, "it is the embedded Redis' own"},
	{"database/sql", []string{"internal/store"}, "SQL is written in store and nowhere else"},
	{"github.com/jackc/pgx/", []string{"internal/store"}, "SQL is written in store and nowhere else"},
	{"modernc.org/sqlite", []string{"internal/store"}, "SQL is written in store and nowhere else"},
	{"github.com/pressly/goose/", []string{"internal/store"}, "SQL is written in store and nowhere else"},
	{"github.com/expr-lang/", []string{"internal/expr"}, "expressions run within the limits of internal/expr or not at all"},
	{"github.com/osteele/liquid", []string{"internal/expr"}, "templates run within the limits of internal/expr or not at all"},
	{"github.com/prometheus/", []string{"internal/metrics"}, "what is counted, and under which name, is said in internal/metrics"},
	{"go.opentelemetry.io/", []string{"internal/trace", "internal/app"}, "what is traced is begun in internal/trace and sent away by who wires"},
	{"github.com/minio/", []string{"internal/media"}, "files' bytes are kept in internal/media and nowhere else"},
	{"github.com/rickar/cal/", []string{"internal/calendar"}, "local time is reckoned in one place"},
	{"github.com/sosodev/duration", []string{"internal/calendar"}, "local time is reckoned in one place"},
}

// testsOnly are what may be imported by tests and their helpers, never by the product.
var testsOnly = []string{"testing", "github.com/stretchr/testify", "pgregory.net/rapid", "go.uber.org/goleak", "github.com/google/go-cmp", "net/http/httptest", "github.com/chromedp/chromedp"}

// never are what pure rooms do without, beside what guests says.
var never = []string{"context", "net", "net/http", "os", "os/exec", "io/fs", "io/ioutil", "embed", "log", "log/slog", "math/rand", "math/rand/v2", "sync", "syscall"}
