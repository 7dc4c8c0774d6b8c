package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/web"
)

// namedOptions are where files of server/deploy name options: what is in brackets is a name,
// as a flag or as a variable.
var namedOptions = map[string]*regexp.Regexp{
	"Containerfile":                          regexp.MustCompile(`\b(PARLEY_[A-Z_]+)=`),
	"compose.yaml":                           regexp.MustCompile(`(?m)^ +(PARLEY_[A-Z_]+):`),
	"parleyd.service":                        regexp.MustCompile(` -([a-z][a-z-]*)\b`),
	"helm/parley/values.yaml":                regexp.MustCompile(`(?m)^  (?:# )?([a-z]+-[a-z-]+): `),
	"helm/parley/templates/statefulset.yaml": regexp.MustCompile(`(?m)^ +- -([a-z-]+)=|name: (PARLEY_[A-Z_]+)`),
}

// What the files for operators say to parleyd are options and commands that it has.
func TestDeployFilesNameOptions(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, name := range new(config).options().names() {
		known[name], known[variable(name)] = true, true
	}
	for file, names := range namedOptions {
		found := names.FindAllStringSubmatch(deployFile(t, file), -1)
		assert.NotEmpty(t, found, file)
		for _, match := range found {
			name := strings.Join(match[1:], "")
			assert.True(t, known[name], "%s: %s is no option", file, name)
		}
	}
	main, err := os.ReadFile("main.go")
	require.NoError(t, err)
	for _, match := range regexp.MustCompile(`CMD \["/usr/bin/parleyd", "([a-z]+)"`).FindAllStringSubmatch(deployFile(t, "Containerfile"), -1) {
		assert.Contains(t, string(main), `case "`+match[1]+`":`, "the container file names no command")
	}
}

// The files for operators are of this version, and build with this version of Go.
func TestDeployFilesAreOfThisVersion(t *testing.T) {
	t.Parallel()
	version, err := web.Version()
	require.NoError(t, err)
	chart := deployFile(t, "helm/parley/Chart.yaml")
	assert.Contains(t, chart, "\nversion: "+version+"\n")
	assert.Contains(t, chart, "\nappVersion: "+version+"\n")
	goVersion, err := os.ReadFile("../../.go-version")
	require.NoError(t, err)
	assert.Contains(t, deployFile(t, "Containerfile"), "\nARG GO="+strings.TrimSpace(string(goVersion))+"\n")
}

// Servers with a volume each would be two stores behind one name: what else a Secret has, the
// chart makes several only with NATS.
func TestTheChartMakesSeveralServersWithNATSAlone(t *testing.T) {
	t.Parallel()
	guard, _, found := strings.Cut(deployFile(t, "helm/parley/templates/statefulset.yaml"), "apiVersion:")
	require.True(t, found)
	chart, err := template.New("guard").Funcs(template.FuncMap{ // as Helm has them
		"int":    func(n int) int { return n },
		"hasKey": func(m map[string]any, key string) bool { _, has := m[key]; return has },
		"fail":   func(why string) (string, error) { return "", errors.New(why) },
	}).Parse(guard)
	require.NoError(t, err)
	render := func(replicas int, secret string, options map[string]any) error {
		return chart.Execute(io.Discard, map[string]any{"Values": map[string]any{"replicas": replicas, "secret": secret, "options": options}})
	}
	withNATS := map[string]any{"nats": "nats://nats:4222"}
	require.NoError(t, render(1, "parley", map[string]any{}))
	require.NoError(t, render(2, "parley", withNATS))
	require.NoError(t, render(2, "", withNATS))
	for _, secret := range []string{"", "parley"} {
		require.ErrorContains(t, render(2, secret, map[string]any{"log-format": "json"}), "give its address in options.nats")
	}
}

func deployFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../deploy", filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(text)
}
