package app

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"retoma/internal/chat"
)

// Config is every setting of a process. Each is a flag of "retoma serve" and an environment variable (api.md, Settings).
type Config struct {
	Addr          string        `help:"Address to listen on." env:"RETOMA_ADDR" default:"127.0.0.1:8080"`
	OpsAddr       string        `help:"Address on which a worker answers /healthz, /readyz and /metrics; port 0: any free one, told in the log; empty: none." env:"RETOMA_OPS_ADDR" default:"127.0.0.1:0"`
	DatabaseURL   string        `help:"Database: sqlite://PATH or postgres://..." env:"RETOMA_DATABASE_URL" default:"sqlite://data/retoma.db"`
	RedisURL      string        `help:"Redis: redis://, rediss://, sentinel and cluster forms; empty: embedded in the process." env:"RETOMA_REDIS_URL"`
	RedisListen   string        `help:"Loopback address on which asynqmon may look at the embedded Redis, such as 127.0.0.1:6399; empty: none." env:"RETOMA_REDIS_LISTEN"`
	Role          string        `help:"What this process does: all, gateway or worker." env:"RETOMA_ROLE" enum:"all,gateway,worker" default:"all"`
	JWTSecret     string        `help:"Secret of HS256 tokens." env:"RETOMA_JWT_SECRET"`
	JWKSURL       string        `help:"Where the public keys of other tokens are." env:"RETOMA_JWKS_URL" name:"jwks-url"`
	JWTIssuer     string        `help:"The iss that tokens must name; empty: any." env:"RETOMA_JWT_ISSUER" name:"jwt-issuer"`
	JWTAudience   string        `help:"The aud that tokens must name; empty: any." env:"RETOMA_JWT_AUDIENCE" name:"jwt-audience"`
	SecretKey     string        `help:"Encrypts channel credentials at rest; any long random text." env:"RETOMA_SECRET_KEY"`
	FormerKeys    []string      `help:"Former values of secret-key: what they encrypted can still be read (see retoma secrets rotate)." env:"RETOMA_SECRET_KEYS_OLD" name:"secret-keys-old"`
	Bootstrap     string        `help:"An admin API key (rtm_...) to create at the first start, for containers and scripts." env:"RETOMA_BOOTSTRAP_KEY" name:"bootstrap-key"`
	Horizon       time.Duration `help:"How far ahead due times get a task in Redis; 0 arms everything. Default 24h, 10m with the embedded Redis." env:"RETOMA_HORIZON" default:"-1s"`
	PublicURL     string        `help:"Address under which providers reach this service, such as https://retoma.example." env:"RETOMA_PUBLIC_URL"`
	Env           string        `help:"development or production." env:"RETOMA_ENV" enum:"development,production" default:"development"`
	Timezone      string        `help:"Zone of new tenants (IANA name)." env:"RETOMA_TIMEZONE" default:"America/Sao_Paulo"`
	Flows         string        `help:"Folder whose flow documents (*.json) are published at the start." env:"RETOMA_FLOWS" type:"path"`
	AIBaseURL     string        `help:"OpenAI-compatible service of tenants who have none of their own, such as https://api.openai.com/v1." env:"RETOMA_AI_BASE_URL" name:"ai-base-url"`
	AIAPIKey      string        `help:"Key of that service." env:"RETOMA_AI_API_KEY" name:"ai-api-key"`
	AIModel       string        `help:"Model of tenants and assistants who name none." env:"RETOMA_AI_MODEL" name:"ai-model"`
	MediaURL      string        `help:"Where files are kept: file://PATH, or s3://KEY:SECRET@HOST/BUCKET/PREFIX?region=...; empty: the folder media beside the database." env:"RETOMA_MEDIA_URL" name:"media-url"`
	AllowPrivate  []string      `help:"Private hosts or networks that notifications, subscriptions, tenants' AI services, channels' API addresses (config.baseUrl) and their file servers may reach, such as 10.0.0.5 or mail.internal." env:"RETOMA_ALLOW_PRIVATE"`
	Concurrency   int           `help:"How many contacts are worked on at once." env:"RETOMA_CONCURRENCY" default:"64"`
	Connections   int32         `help:"Size of the PostgreSQL pool." env:"RETOMA_DB_CONNECTIONS" default:"24"`
	Scenario      string        `help:"Scenario (YAML or JSON) that the simulated WhatsApp plays from the start (development only)." env:"RETOMA_SANDBOX_SCENARIO" name:"sandbox-scenario" type:"path"`
	Demo          bool          `help:"Make a demonstration tenant at the first start (development only)." env:"RETOMA_DEMO" default:"true" negatable:""`
	SendLease     time.Duration `help:"How long a claimed send may take before it is in doubt." env:"RETOMA_SEND_LEASE" default:"45s" hidden:""`
	KeepDelivered time.Duration `help:"How long deliveries to subscriptions that succeeded can be looked at and replayed." env:"RETOMA_KEEP_DELIVERED" default:"168h"`
	KeepFailed    time.Duration `help:"How long those that failed can." env:"RETOMA_KEEP_FAILED" default:"720h"`
	TraceEndpoint string        `help:"Where traces go (OTLP over HTTP), such as http://127.0.0.1:4318; empty: nowhere." env:"OTEL_EXPORTER_OTLP_ENDPOINT" name:"trace-endpoint"`
	LogLevel      string        `help:"debug, info, warn or error." env:"RETOMA_LOG_LEVEL" enum:"debug,info,warn,error" default:"info"`
}

// Production tells whether nothing may be made up.
func (c Config) Production() bool { return c.Env == "production" }

func (c Config) embedded() bool { return c.RedisURL == "" }
func (c Config) consumes() bool { return c.Role != "gateway" }
func (c Config) serves() bool   { return c.Role != "worker" }

// hasDoor tells a worker that can be looked at. The others are, where they serve everything else.
func (c Config) hasDoor() bool { return !c.serves() && c.OpsAddr != "" }

// horizon is domain.md's: 24 h with a real Redis, 10 minutes embedded.
func (c Config) horizon() time.Duration {
	switch {
	case c.Horizon >= 0:
		return c.Horizon
	case c.embedded():
		return 10 * time.Minute
	}
	return 24 * time.Hour
}

// dataFolder is where the process keeps what belongs to no database: beside the SQLite file, else "data".
func (c Config) dataFolder() string {
	if path, is := strings.CutPrefix(c.DatabaseURL, "sqlite://"); is {
		return filepath.Dir(path)
	}
	return "data"
}

// check refuses settings that do not go together, naming the variable.
func (c Config) check() error {
	if c.Role != "all" && strings.HasPrefix(c.DatabaseURL, "sqlite://") {
		return fmt.Errorf("RETOMA_ROLE=%s needs a database that several processes may share: set RETOMA_DATABASE_URL to postgres://... (SQLite belongs to one process)", c.Role)
	}
	if c.Role != "all" && c.embedded() {
		return fmt.Errorf("RETOMA_ROLE=%s needs a Redis that several processes may share: set RETOMA_REDIS_URL", c.Role)
	}
	if c.Bootstrap != "" && !strings.HasPrefix(c.Bootstrap, "rtm_") {
		return fmt.Errorf("RETOMA_BOOTSTRAP_KEY must begin with rtm_")
	}
	if c.Bootstrap != "" && len(c.Bootstrap) < 16 {
		return fmt.Errorf("RETOMA_BOOTSTRAP_KEY is too short: give it at least 16 characters")
	}
	if c.Scenario != "" && (c.Production() || !c.serves()) {
		return fmt.Errorf("RETOMA_SANDBOX_SCENARIO: there is no simulated WhatsApp in production or in a worker")
	}
	if err := c.checkAddresses(); err != nil {
		return err
	}
	if c.Production() && c.SecretKey == "" {
		return fmt.Errorf("RETOMA_SECRET_KEY is missing: in production it must be given, because it encrypts the channels' credentials (try: openssl rand -hex 32)")
	}
	if c.Production() && c.JWTSecret == "" && c.JWKSURL == "" {
		return fmt.Errorf("RETOMA_JWT_SECRET or RETOMA_JWKS_URL is missing: in production one must be given (try: openssl rand -hex 32)")
	}
	return c.checkSecrets()
}

// shortestSecret is how many characters a secret has at least that whoever has a token, or a copy of the database, may try to
// guess for as long as they like.
const shortestSecret = 16

func (c Config) checkSecrets() error {
	if !c.Production() {
		return nil
	}
	for name, secret := range map[string]string{"RETOMA_SECRET_KEY": c.SecretKey, "RETOMA_JWT_SECRET": c.JWTSecret} {
		if secret != "" && len(secret) < shortestSecret {
			return fmt.Errorf("%s is too short to be hard to guess: give it at least %d characters (try: openssl rand -hex 32)", name, shortestSecret)
		}
	}
	return nil
}

func (c Config) checkAddresses() error {
	if c.PublicURL != "" {
		if parsed, err := url.Parse(c.PublicURL); err != nil || parsed.Host == "" {
			return fmt.Errorf("RETOMA_PUBLIC_URL: write an address such as https://retoma.example, not %q", c.PublicURL)
		}
	}
	if c.AIBaseURL != "" && !chat.IsServiceAddress(strings.TrimSpace(c.AIBaseURL)) {
		return fmt.Errorf("RETOMA_AI_BASE_URL: write an address such as https://api.openai.com/v1, without password, ? and #")
	}
	return nil
}

// localURL is where this process can be reached from its own machine.
func localURL(listening net.Addr) string {
	host, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return "http://" + listening.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
