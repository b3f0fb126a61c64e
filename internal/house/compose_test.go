package house

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// compose is what is looked at of docker-compose.yml.
type compose struct {
	Services map[string]service   `yaml:"services"`
	Volumes  map[string]yaml.Node `yaml:"volumes"`
}

type service struct {
	Image       string            `yaml:"image"`
	Build       string            `yaml:"build"`
	Command     []string          `yaml:"command"`
	User        string            `yaml:"user"`
	ReadOnly    bool              `yaml:"read_only"`
	CapDrop     []string          `yaml:"cap_drop"`
	Restart     string            `yaml:"restart"`
	Ports       []string          `yaml:"ports"`
	Volumes     []string          `yaml:"volumes"`
	Environment map[string]string `yaml:"environment"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
}

func readCompose(t *testing.T) compose {
	t.Helper()
	var read compose
	require.NoError(t, yaml.Unmarshal([]byte(file(t, "docker-compose.yml")), &read))
	return read
}

func TestComposeIsOneGatewayTwoWorkersAndWhatTheyShare(t *testing.T) {
	c := readCompose(t)
	require.ElementsMatch(t, []string{"gateway", "worker1", "worker2", "postgres", "redis", "asynqmon"}, slices.Collect(maps.Keys(c.Services)))
	roles := map[string]string{"gateway": "gateway", "worker1": "worker", "worker2": "worker"}
	for name, role := range roles {
		require.Equal(t, []string{"serve", "--role", role}, c.Services[name].Command, name)
		for _, shared := range []string{"RETOMA_DATABASE_URL", "RETOMA_REDIS_URL", "RETOMA_SECRET_KEY"} {
			require.Equal(t, c.Services["gateway"].Environment[shared], c.Services[name].Environment[shared], "%s of %s", shared, name)
		}
		require.Equal(t, "production", c.Services[name].Environment["RETOMA_ENV"], name)
	}
	require.Equal(t, c.Services["gateway"].Environment["RETOMA_REDIS_URL"], c.Services["asynqmon"].Environment["RETOMA_REDIS_URL"], "the console shows the queues that are used")
}

func TestComposeServicesAreWatchedAndWaitForEachOther(t *testing.T) {
	c := readCompose(t)
	for name, s := range c.Services {
		require.NotEmpty(t, s.Healthcheck.Test, name)
		require.Equal(t, "unless-stopped", s.Restart, name)
		for needed, how := range s.DependsOn {
			require.Contains(t, c.Services, needed, name)
			require.Equal(t, "service_healthy", how.Condition, "%s waits for %s", name, needed)
		}
	}
	for _, name := range []string{"gateway", "worker1", "worker2"} {
		require.ElementsMatch(t, []string{"postgres", "redis"}, slices.Collect(maps.Keys(c.Services[name].DependsOn)), name)
	}
}

func TestComposeKeepsWhatMustNotBeLost(t *testing.T) {
	c := readCompose(t)
	command := strings.Join(c.Services["redis"].Command, " ")
	for _, setting := range []string{"--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction"} {
		require.Contains(t, command, setting)
	}
	for name, folder := range map[string]string{"redis": "/data", "postgres": "/var/lib/postgresql/data"} {
		require.Contains(t, c.Services[name].Volumes, name+":"+folder)
		require.Contains(t, c.Volumes, name)
	}
}

func TestOurContainersHaveNoRights(t *testing.T) {
	c := readCompose(t)
	for _, name := range []string{"gateway", "worker1", "worker2", "asynqmon"} {
		s := c.Services[name]
		require.Regexp(t, `^[1-9]\d*:[1-9]\d*$`, s.User, "%s runs as a user other than root", name)
		require.True(t, s.ReadOnly, name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
	}
	for name, s := range c.Services {
		for _, port := range s.Ports {
			require.True(t, name == "gateway" || strings.HasPrefix(port, "127.0.0.1:"), "%s opens %s to the world", name, port)
		}
	}
}

var (
	reference = regexp.MustCompile(`\$\{(\w+)([^}]*)\}`)
	assigned  = regexp.MustCompile(`(?m)^(\w+)=(.*)$`)
	setting   = regexp.MustCompile(`env:"(RETOMA_\w+)"`)
)

func TestSecretsComeFromTheEnvironmentAndHaveNoDefaults(t *testing.T) {
	text := file(t, "docker-compose.yml")
	example := map[string]string{}
	for _, found := range assigned.FindAllStringSubmatch(file(t, ".env.example"), -1) {
		example[found[1]] = found[2]
	}
	used := map[string]bool{}
	for _, found := range reference.FindAllStringSubmatch(text, -1) {
		name, otherwise := found[1], found[2]
		used[name] = true
		require.Contains(t, example, name, ".env.example names what docker-compose.yml reads")
		if secret := regexp.MustCompile(`PASSWORD|SECRET|BOOTSTRAP`).MatchString(name); secret {
			require.True(t, strings.HasPrefix(otherwise, ":?"), "%s has no default, and a text that says so", found[0])
			require.Empty(t, example[name])
		}
	}
	for name := range example {
		require.True(t, used[name], ".env.example names %s, which nobody reads", name)
	}
}

func TestComposeAndImageSetOnlySettingsThatExist(t *testing.T) {
	var known []string
	for _, found := range setting.FindAllStringSubmatch(file(t, "internal/app/config.go"), -1) {
		known = append(known, found[1])
	}
	require.NotEmpty(t, known)
	for name, s := range readCompose(t).Services {
		for variable := range s.Environment {
			if strings.HasPrefix(variable, "RETOMA_") {
				require.Contains(t, known, variable, "%s sets it", name)
			}
		}
	}
	for _, variable := range regexp.MustCompile(`RETOMA_\w+`).FindAllString(file(t, "Dockerfile"), -1) {
		require.Contains(t, known, variable, "the Dockerfile sets it")
	}
}
