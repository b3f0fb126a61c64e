package house

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

type alertRule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func readAlerts(t *testing.T) []alertRule {
	t.Helper()
	var read struct {
		Groups []struct {
			Rules []alertRule `yaml:"rules"`
		} `yaml:"groups"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(file(t, "examples/prometheus/alerts.yml")), &read))
	require.Len(t, read.Groups, 1)
	return read.Groups[0].Rules
}

func TestEveryAlertSaysWhatToDoAndIsTested(t *testing.T) {
	tests, page := file(t, "examples/prometheus/alerts_test.yml"), file(t, "docs/alerts.md")
	for _, alert := range readAlerts(t) {
		require.Contains(t, []string{"critical", "warning"}, alert.Labels["severity"], alert.Alert)
		require.NotEmpty(t, alert.Annotations["summary"], alert.Alert)
		require.NotEmpty(t, alert.Annotations["description"], alert.Alert)
		require.Contains(t, tests, "name: "+alert.Alert+" fires\n")
		require.Contains(t, tests, "name: "+alert.Alert+" stays quiet\n")
		require.Contains(t, page, "## "+alert.Alert+"\n")
		require.Contains(t, page, alert.Expr, "the page shows the rule as it is")
		require.Contains(t, page, alert.Annotations["description"], "the page says the same")
	}
}

// What the rules ask for is shown: that docs/metrics.md and the program agree is tested where the program is.
func TestAlertsAskForMetricsThatExist(t *testing.T) {
	listed := file(t, "docs/metrics.md")
	name := regexp.MustCompile(`retoma_[a-z_]+`)
	histogram := regexp.MustCompile(`_(bucket|count|sum)$`)
	for _, alert := range readAlerts(t) {
		for _, asked := range name.FindAllString(alert.Expr, -1) {
			require.Contains(t, listed, "| `"+histogram.ReplaceAllString(asked, ""), alert.Alert)
		}
	}
}

func TestPrometheusAsksEveryServiceOfTheLayout(t *testing.T) {
	var config struct {
		Scrapes []struct {
			Targets []struct {
				Targets []string `yaml:"targets"`
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(file(t, "examples/prometheus/prometheus.yml")), &config))
	require.Len(t, config.Scrapes, 1)
	var asked []string
	for _, group := range config.Scrapes[0].Targets {
		asked = append(asked, group.Targets...)
	}
	require.ElementsMatch(t, []string{"gateway:8080", "worker1:8082", "worker2:8082"}, asked)
	for _, worker := range []string{"worker1", "worker2"} {
		require.Equal(t, "0.0.0.0:8082", readCompose(t).Services[worker].Environment["RETOMA_OPS_ADDR"])
	}
}
