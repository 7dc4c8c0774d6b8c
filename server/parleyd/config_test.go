package main

import (
	"flag"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
)

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestParse(t *testing.T) {
	preset := config{
		addr: "127.0.0.1:8000", data: "./.data", replicas: 1, sync: "interval", storeCipher: cipherChaCha, visitors: sessionLife{30 * day, 365 * day}, agents: sessionLife{day, 7 * day}, silentVisitors: day, afterLogout: time.Hour,
		address: server.AddressOptions{StrictFor: 365 * day}.WithDefaults(), tls: tlsOptions{acme: server.ACMEOptions{Directory: "https://acme-v02.api.letsencrypt.org/directory"}}, connections: openFiles() / 4 * 3, perAddress: min(1000, openFiles()/4*3/4),
		limits: server.Limits{
			MessageLength: 10_000, FrameBytes: 256 << 10, MessagesPerSecond: 1000,
			Rates: server.Rates{}, Sockets: 20_000, SocketsPerAddress: 1000, SocketsPerUser: 20,
			AssignTimeout: 30 * time.Second, AssignMaxAttempts: 10, SurveyLink: 24 * time.Hour, Quotas: server.Quotas{}.WithDefaults(),
		},
		trace: server.TraceOptions{Ratio: 0.01}, logFormat: "text", slow: time.Second, audit: server.AuditOptions{}.WithDefaults(), stopDelay: 2 * time.Second,
	}
	for _, tc := range []struct {
		name   string
		args   []string
		env    map[string]string
		change func(*config)
	}{
		{"nothing", nil, nil, func(*config) {}},
		{"flags", []string{"-addr", ":0", "-demo", "-data=x", "-log-level", "debug", "-session-life", "1h", "-agent-session-max", "25h"}, nil, func(c *config) {
			c.addr, c.demo, c.data, c.logLevel, c.visitors.unused, c.agents.whole = ":0", true, "x", slog.LevelDebug, time.Hour, 25*time.Hour
			c.webhooks.Private = true
		}},
		{"webhooks reach private addresses", []string{"-webhooks-private"}, nil, func(c *config) { c.webhooks.Private = true }},
		{"environment", nil, map[string]string{
			"PARLEY_ADDR": ":1", "PARLEY_DEMO": "true", "PARLEY_NATS": "nats://x", "PARLEY_REPLICAS": "3", "PARLEY_MESSAGE_LENGTH": "5", "PARLEY_LOG_LEVEL": "WARN",
		}, func(c *config) {
			c.addr, c.demo, c.nats, c.replicas, c.limits.MessageLength, c.logLevel = ":1", true, "nats://x", 3, 5, slog.LevelWarn
			c.webhooks.Private = true
		}},
		{"the flag wins", []string{"-addr", ":2", "-demo=false"}, map[string]string{"PARLEY_ADDR": ":1", "PARLEY_DEMO": "1"}, func(c *config) {
			c.addr = ":2"
		}},
		{"where clients find it", []string{"-public-url", "https://a.example/chat/", "-base-path=/chat/"}, map[string]string{"PARLEY_TRUSTED_PROXIES": "none"},
			func(c *config) {
				c.address = server.AddressOptions{PublicURL: "https://a.example/chat", BasePath: "/chat", TrustedProxies: c.address.TrustedProxies[:0], StrictFor: 365 * day}
			}},
		{"an empty variable is none", nil, map[string]string{"PARLEY_ADDR": ""}, func(*config) {}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := preset
			tc.change(&want)
			got, err := parse(tc.args, environment(tc.env), io.Discard)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func TestParseRefusals(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		env  map[string]string
		says []string
	}{
		{"unknown flag", []string{"-port", "1"}, nil, []string{"-port", "-h"}},
		{"flag without its value", []string{"-addr"}, nil, []string{"-addr"}},
		{"not a number", []string{"-message-length", "many"}, nil, []string{"-message-length", "many"}},
		{"not a flag at all", []string{"serve"}, nil, []string{`"serve"`, "-h"}},
		{"variable of the wrong kind", nil, map[string]string{"PARLEY_SESSION_LIFE": "long"}, []string{"PARLEY_SESSION_LIFE", `"long"`}},
		{"unknown level", nil, map[string]string{"PARLEY_LOG_LEVEL": "loud"}, []string{"PARLEY_LOG_LEVEL", "loud"}},
		{"no connections", []string{"-connections", "0"}, nil, []string{"-connections"}},
		{"more connections than files", []string{"-connections", "1000000"}, nil, []string{"-connections", "1000000", "ulimit"}},
		{"more of an address than of all", []string{"-connections", "5"}, nil, []string{"-connections-per-address", "5"}},
		{"no message fits", []string{"-message-length", "0"}, nil, []string{"-message-length"}},
		{"synced at no time", []string{"-sync", "never"}, nil, []string{"-sync", "never", "always"}},
		{"negative time", []string{"-assign-timeout", "-1s"}, nil, []string{"-assign-timeout"}},
		{"no time to answer", []string{"-assign-timeout", "1ns"}, nil, []string{"-assign-timeout", "a second"}},
		{"no time for a survey", []string{"-survey-link", "1ms"}, nil, []string{"-survey-link", "a second"}},
		{"chats that hold nothing", []string{"-chat-messages", "0"}, nil, []string{"-chat-messages"}},
		{"less than no reserve", []string{"-reserve", "-1"}, nil, []string{"-reserve"}},
		{"less than nothing", []string{"-after-logout", "-1s"}, nil, []string{"-after-logout"}},
		{"silent visitors gone at once", []string{"-silent-visitor-life", "1s"}, nil, []string{"-silent-visitor-life", "a minute"}},
		{"a public URL without a scheme", []string{"-public-url", "chat.example"}, nil, []string{"-public-url", `"chat.example"`, "https://"}},
		{"a base path without a slash", []string{"-base-path", "chat"}, nil, []string{"-base-path", `"chat"`, "/chat"}},
		{"a base path that leads out", nil, map[string]string{"PARLEY_BASE_PATH": "/../x"}, []string{"PARLEY_BASE_PATH", `"/../x"`}},
		{"a proxy by name", []string{"-trusted-proxies", "10.0.0.1,proxy"}, nil, []string{"-trusted-proxies", `"proxy"`, "10.0.0.0/8"}},
		{"frame too short for a message", []string{"-frame-bytes", "50000"}, nil, []string{"-frame-bytes", "61024"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := parse(tc.args, environment(tc.env), io.Discard)
			require.Error(t, err)
			for _, text := range tc.says {
				assert.ErrorContains(t, err, text)
			}
		})
	}
}

func TestHelpNamesEachFlagItsVariableAndDefault(t *testing.T) {
	var help strings.Builder
	_, err := parse([]string{"-h"}, environment(nil), &help)
	require.ErrorIs(t, err, flag.ErrHelp)
	for _, text := range []string{
		"-addr host:port", "PARLEY_ADDR; default 127.0.0.1:8000", "-nats URL", "PARLEY_NATS; default none",
		"-log-level level", "PARLEY_LOG_LEVEL; default info", "PARLEY_SESSION_LIFE; default 720h0m0s",
	} {
		assert.Contains(t, help.String(), text)
	}
	assert.Equal(t, strings.Count(help.String(), "\n  -"), strings.Count(help.String(), "; default "))
}

func TestOriginList(t *testing.T) {
	assert.Equal(t, []string{"https://a.example", "https://b.example"}, config{origins: "https://a.example, https://b.example,"}.originList())
	assert.Empty(t, config{}.originList())
	assert.Equal(t, []string{"https://a.example:8443"}, config{address: server.AddressOptions{PublicURL: "https://a.example:8443/chat"}}.originList())
}
