package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written makes a file with a text.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestTheFlagWinsThenTheEnvironmentThenTheFile(t *testing.T) {
	t.Parallel()
	file := written(t, "parley.yaml", "addr: :1\ndata: /from/file # a remark\nmessage-length: 7\nsession-life: 1h\n"+
		"hosts: [a.example, b.example]\norigins:\n  - https://a.example\n  - https://b.example\ndemo: true\n")
	c, err := parse([]string{"-addr", ":3"}, environment(map[string]string{"PARLEY_CONFIG": file, "PARLEY_ADDR": ":2", "PARLEY_MESSAGE_LENGTH": "8"}), io.Discard)
	require.NoError(t, err)
	assert.Equal(t, ":3", c.addr)
	assert.Equal(t, 8, c.limits.MessageLength)
	assert.Equal(t, "/from/file", c.data)
	assert.Equal(t, time.Hour, c.visitors.unused)
	assert.Equal(t, []string{"a.example", "b.example"}, []string(c.address.Hosts))
	assert.Equal(t, []string{"https://a.example", "https://b.example"}, c.originList())
	assert.True(t, c.demo)

	c, err = parse([]string{"-config", written(t, "empty.yaml", "# nothing yet\n")}, environment(nil), io.Discard)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:8000", c.addr)
}

func TestASecretIsReadFromItsFile(t *testing.T) {
	t.Parallel()
	file := written(t, "nats", "nats://u:p@host\n")
	for name, tc := range map[string]struct {
		args []string
		env  map[string]string
		want string
	}{
		"flag":                         {[]string{"-nats-file", file}, nil, "nats://u:p@host"},
		"environment":                  {nil, map[string]string{"PARLEY_NATS_FILE": file}, "nats://u:p@host"},
		"configuration file":           {[]string{"-config", written(t, "c.yaml", "nats-file: "+file)}, nil, "nats://u:p@host"},
		"the flag before the other":    {[]string{"-nats", "nats://x"}, map[string]string{"PARLEY_NATS_FILE": file}, "nats://x"},
		"the file before the weaker":   {[]string{"-nats-file", file}, map[string]string{"PARLEY_NATS": "nats://x"}, "nats://u:p@host"},
		"an empty variable is no file": {nil, map[string]string{"PARLEY_NATS_FILE": ""}, ""},
	} {
		c, err := parse(tc.args, environment(tc.env), io.Discard)
		require.NoError(t, err, name)
		assert.Equal(t, tc.want, c.nats, name)
	}
	_, err := parse([]string{"-nats", "nats://secret@x", "-nats-file", file}, environment(nil), io.Discard)
	require.EqualError(t, err, "-nats and -nats-file: give one of the two")
	_, err = parse([]string{"-nats-file", file + "?"}, environment(nil), io.Discard)
	require.ErrorContains(t, err, "-nats-file: cannot read the secret: open "+file+"?")
}

func TestConfigurationFileRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, says string }{
		{"unknown key", "# mine\nadr: :1\n", "FILE:2: adr: no such option; did you mean addr?"},
		{"another spelling", "Message_Length: 5", "FILE:1: Message_Length: no such option; did you mean message-length?"},
		{"itself", "config: x", "FILE:1: config: no such option; "},
		{"twice", "addr: :1\ndata: x\naddr: :2\n", "FILE:3: addr: stands in line 1 already; remove one of the two"},
		{"a word for a number", "data: x\nmessage-length: many\n", `FILE:2: message-length: must be a whole number, not "many"`},
		{"a number for a time", "session-life: 30\n", `FILE:1: session-life: must be a time such as 90s, 30m or 24h, not "30"`},
		{"a word for a switch", "demo: yes\n", `FILE:1: demo: must be true or false, not "yes"`},
		{"an unknown level", "log-level: loud\n", `FILE:1: log-level: must be debug, info, warn or error, not "loud"`},
		{"a mapping for a text", "addr:\n  port: 1\n", "FILE:1: addr: must be one value, or a list of values"},
		{"nothing", "addr:\n", "FILE:1: addr: has no value; write one, or remove the line"},
		{"out of bounds", "\nreplicas: 0\n", "FILE:2: replicas: must be at least 1"},
		{"a value's own error", "public-url: chat.example", `FILE:1: public-url: "chat.example" must be http:// or https:// and a host, like https://example.com/chat`},
		{"no YAML", "addr: :1\n\tdata: x\n", "FILE: line 2: found a tab character that violates indentation"},
		{"a list", "- addr\n", "FILE:1: must be lines of the form NAME: VALUE"},
		{"two documents", "addr: :1\n---\ndata: x\n", "FILE: must be one document; remove what follows the line ---"},
		{"several", "adr: :1\nreplicas: 9\n", "2 things are wrong:\n  FILE:1: adr: no such option; did you mean addr? -h explains all of them\n  FILE:2: replicas: must be at most 5"},
	} {
		file := written(t, "parley.yaml", tc.text)
		_, err := parse([]string{"-config", file}, environment(nil), io.Discard)
		require.Error(t, err, tc.name)
		assert.Contains(t, strings.ReplaceAll(err.Error(), file, "FILE"), tc.says, tc.name)
	}
	_, err := parse([]string{"-config", "/missing.yaml"}, environment(nil), io.Discard)
	require.EqualError(t, err, "cannot read the configuration file: open /missing.yaml: no such file or directory")
}

// What parleyd config prints is a configuration file that gives the same configuration.
func TestConfigPrintsWhatIsInForceAndWhereItIsFrom(t *testing.T) {
	t.Parallel()
	file := written(t, "parley.yaml", "data: \"/a: b\"\nhosts: [a.example, b.example]\n")
	args := []string{"-config", file, "-message-length", "8", "-demo"}
	env := environment(map[string]string{"PARLEY_NATS": "nats://parley:terces@host,nats://nekot@other", "PARLEY_ADDR": ":2"})
	var printed strings.Builder
	require.NoError(t, printConfig(args, env, &printed))
	lines := map[string]bool{}
	for line := range strings.Lines(printed.String()) {
		lines[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, line := range []string{
		"addr: :2 # PARLEY_ADDR", "message-length: 8 # -message-length", "data: '/a: b' # " + file + ":1: data", "hosts: a.example,b.example # " + file + ":2: hosts",
		"webhooks-private: true # -demo", "sync: interval # default", `public-url: "" # default`,
		"# nats: nats://parley:xxxxx@host,nats://xxxxx@other # PARLEY_NATS",
	} {
		assert.True(t, lines[line], "%s is not in\n%s", line, printed.String())
	}
	assert.NotContains(t, printed.String(), "terces")
	assert.NotContains(t, printed.String(), "nekot")

	want, err := parse(args, env, io.Discard)
	require.NoError(t, err)
	again := written(t, "again.yaml", printed.String())
	got, err := parse([]string{"-config", again}, environment(nil), io.Discard)
	require.NoError(t, err)
	want.file, want.nats, got.file = "", "", ""
	assert.Equal(t, want, got)
}
