package server_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"parley/core/chat"
	"parley/server/servertest"
)

var metricName = regexp.MustCompile(`\b(parley|process|go)_[a-z_]+`)

// dashboard and rules are the parts of the files that name metrics.
type dashboard struct {
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
	}
}

type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For string
			Labels           map[string]string
			Annotations      map[string]string
		}
	}
}

// expressions gives what the dashboard and the alerts ask Prometheus, by title or name.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	asked := map[string]string{}
	text, err := os.ReadFile("deploy/grafana.json")
	require.NoError(t, err)
	var d dashboard
	require.NoError(t, json.Unmarshal(text, &d))
	for _, p := range d.Panels {
		for _, one := range p.Targets {
			asked["panel "+p.Title] += one.Expr + "\n"
		}
	}
	file, err := os.Open("deploy/parley.rules.yml")
	require.NoError(t, err)
	defer file.Close()
	var r rules
	strict := yaml.NewDecoder(file)
	strict.KnownFields(true)
	require.NoError(t, strict.Decode(&r))
	for _, g := range r.Groups {
		for _, one := range g.Rules {
			assert.NotContains(t, asked, "alert "+one.Alert)
			assert.NotEmpty(t, one.Annotations["summary"], one.Alert)
			assert.Contains(t, []string{"warning", "critical"}, one.Labels["severity"], one.Alert)
			asked["alert "+one.Alert] = one.Expr
		}
	}
	return asked
}

// What the dashboard and the alerts ask for is among what /metrics prints, and each metric of
// ours is asked for. The free space is not known in tests.
func TestDashboardAndAlerts(t *testing.T) {
	t.Parallel()
	w, m := measured(t)
	m.ShowCertificates(func() map[string]time.Time { return map[string]time.Time{"a.example": time.Now()} })
	visitor, _, id := w.Conversation(t)
	visitor.Say(id, "hello")
	w.Rest("POST", "/agents/login", servertest.App(), `{"username":"agent1","password":"no"}`).RequireRefused(401, "password")
	visitor.Ask(chat.EventClose, servertest.Obj("chatId", id))
	printed := scrape(t, m)
	known := slices.AppendSeq([]string{"parley_store_free_bytes", "parley_store_size_bytes"}, maps.Keys(printed))
	used := map[string]bool{"parley_build_info": true}
	asked := expressions(t)
	assert.Greater(t, len(asked), 20)
	for where, expression := range asked {
		assert.Equal(t, strings.Count(expression, "("), strings.Count(expression, ")"), where)
		for _, name := range metricName.FindAllString(expression, -1) {
			family := name
			for _, part := range []string{"_bucket", "_count", "_sum"} {
				family = strings.TrimSuffix(family, part)
			}
			assert.Contains(t, known, family, "%s: %s", where, name)
			used[family] = true
		}
	}
	for name := range printed {
		assert.True(t, used[name] || !strings.HasPrefix(name, "parley_"), "nobody looks at %s", name)
	}
}
