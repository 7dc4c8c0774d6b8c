package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"parley/server"
)

// config has the values of the flags and of the environment.
type config struct {
	addr           string
	data           string
	nats           string
	replicas       int
	reserve        int64
	sync           string
	demo           bool
	origins        string
	address        server.AddressOptions
	visitors       sessionLife
	agents         sessionLife
	silentVisitors time.Duration
	afterLogout    time.Duration
	connections    int
	perAddress     int
	logLevel       slog.Level
	limits         server.Limits
	webhooks       server.WebhookOptions
}

// sessionLife is how long sessions live: without use, and altogether.
type sessionLife struct{ unused, whole time.Duration }

const day = 24 * time.Hour

const helpHead = `Usage: parleyd [flags]
       parleyd replay FILE    replays a recording of a page, see docs/debugging.md

Serves the chat: its API and WebSocket, the script for pages, and the agent console.
Each flag can also be set by the environment variable shown; the flag wins.

`

// parse reads the flags, and the environment for those that are not given. With -h it
// writes an explanation to help and returns flag.ErrHelp.
func parse(args []string, getenv func(string) string, help io.Writer) (config, error) {
	var c config
	f := flag.NewFlagSet("parleyd", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&c.addr, "addr", "127.0.0.1:8000", "`host:port` to listen on; port 0 chooses a free one")
	f.StringVar(&c.data, "data", "./.data", "`folder` of the data; it is created if it is missing")
	f.StringVar(&c.nats, "nats", "", "`URL` of a NATS server with JetStream to keep the data in, instead of the folder")
	f.IntVar(&c.replicas, "replicas", 1, "`copies` that a NATS cluster keeps of the data")
	f.Int64Var(&c.reserve, "reserve", 0, "`bytes` of the disk, or of the NATS account's limit, that are kept for agents when it is full. "+
		"0: 5 % of it, at least 256 MiB, at most a quarter")
	f.StringVar(&c.sync, "sync", "interval", "`when` data is forced to the disk. interval: within two minutes; a loss of power can lose the last "+
		"messages, a kill of the program cannot. always: before each acknowledgement")
	f.BoolVar(&c.demo, "demo", false, "create the app \"demo\" with its agents, and serve the demo page; not for the public internet")
	f.StringVar(&c.origins, "origins", "",
		"`list` of origins, separated by commas, whose pages may use every app, beside those that the app lists")
	preset := server.AddressOptions{}.WithDefaults()
	f.TextVar(&c.address.PublicURL, "public-url", preset.PublicURL,
		"`URL` at which clients reach this server, such as https://example.com/chat, for the addresses that it writes: links to surveys, the script tag")
	f.TextVar(&c.address.BasePath, "base-path", preset.BasePath,
		"`path` below which to serve everything, such as /chat; for a proxy that passes paths on as they are")
	f.TextVar(&c.address.TrustedProxies, "trusted-proxies", preset.TrustedProxies, "`list` of addresses and networks, separated by commas, of proxies "+
		"whose Forwarded and X-Forwarded headers are believed; none trusts nobody")
	f.DurationVar(&c.visitors.unused, "session-life", 30*day, "`time` after its last use until a visitor's session ends")
	f.DurationVar(&c.visitors.whole, "session-max", 365*day, "`time` after which a visitor's session ends, however it is used")
	f.DurationVar(&c.silentVisitors, "silent-visitor-life", day,
		"`time` after its last use until the session of a visitor ends in whose chats nothing was said; then the visitor is removed")
	f.DurationVar(&c.agents.unused, "agent-session-life", day, "`time` after its last use until an agent's session ends")
	f.DurationVar(&c.agents.whole, "agent-session-max", 7*day, "`time` after which an agent's session ends, however it is used")
	f.TextVar(&c.address.Hosts, "hosts", preset.Hosts, "`list` of the hosts, separated by commas, to which clients send requests; "+
		"others are refused with 421, so that no foreign name can be made to point here (DNS rebinding)")
	connections := min(openFiles()/4*3, openFiles()-ownFiles)
	f.IntVar(&c.connections, "connections", connections,
		"`connections` at a time, below the number of files that the process may open; more are closed at once")
	f.IntVar(&c.perAddress, "connections-per-address", min(1000, connections/4),
		"`connections` at a time with one address, unless it is a trusted proxy's")
	f.DurationVar(&c.afterLogout, "after-logout", time.Hour,
		"`time` after a logout in which visitors can still save the conversation and answer the survey")
	f.IntVar(&c.limits.MessageLength, "message-length", 10_000, "longest message, in `characters`")
	f.IntVar(&c.limits.FrameBytes, "frame-bytes", 256<<10, "longest frame accepted from a client, in `bytes`")
	f.IntVar(&c.limits.MessagesPerSecond, "messages-per-second", 1000,
		"`requests` a second of one user, over all their connections; sockets of a faster one are slowed down")
	f.TextVar(&c.limits.Rates, "rates", server.Rates{}, "`list` of rates that differ from the defaults, separated by commas, such as "+
		"visitors/address=0.5:30: so many a second, and so many at once; docs/operating.md has all")
	f.IntVar(&c.limits.Sockets, "sockets", 20_000, "`sockets` that this server takes in all; a tenth may have no session yet")
	f.IntVar(&c.limits.SocketsPerAddress, "sockets-per-address", 1000, "`sockets` that one client's address may have")
	f.IntVar(&c.limits.SocketsPerUser, "sockets-per-user", 20, "`sockets` that one user may have; the tabs of a browser share one")
	f.DurationVar(&c.limits.AssignTimeout, "assign-timeout", 30*time.Second, "`time` that an agent has to answer an invitation")
	f.IntVar(&c.limits.AssignMaxAttempts, "assign-max-attempts", 10, "`agents` invited to a chat, one after the other, before the search ends")
	f.DurationVar(&c.limits.SurveyLink, "survey-link", 24*time.Hour, "`time` in which a link to a survey can be used")
	for _, quota := range c.limits.Quotas.Each() {
		f.Int64Var(quota.Value, quota.Option, quota.Default, "most "+quota.What+"; an app may set less")
	}
	f.BoolVar(&c.webhooks.Private, "webhooks-private", false,
		"let webhooks reach private and loopback addresses, as -demo does; then anyone with an app's secret can reach into this network")
	f.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "least `level` logged: debug, info, warn or error")

	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(help, helpHead)
		f.VisitAll(func(g *flag.Flag) { explain(help, g) })
		return c, err
	case err != nil:
		return c, fmt.Errorf("%w; -h explains the flags", err)
	case f.NArg() > 0:
		return c, fmt.Errorf("%q is not a flag; -h explains the flags", f.Arg(0))
	}
	if err := fromEnvironment(f, getenv); err != nil {
		return c, err
	}
	c.webhooks.Private = c.webhooks.Private || c.demo // a target that is tried out runs on the same machine
	return c, c.check()
}

// explain writes a flag's name, value, meaning, variable and default.
func explain(help io.Writer, g *flag.Flag) {
	value, usage := flag.UnquoteUsage(g)
	if value != "" {
		value = " " + value
	}
	byDefault := strings.ToLower(g.DefValue)
	if byDefault == "" {
		byDefault = "none"
	}
	fmt.Fprintf(help, "  -%s%s\n        %s\n        %s; default %s\n", g.Name, value, usage, variable(g), byDefault)
}

// variable is the name of a flag's environment variable.
func variable(g *flag.Flag) string {
	return "PARLEY_" + strings.ToUpper(strings.ReplaceAll(g.Name, "-", "_"))
}

// fromEnvironment sets the flags that were not given. An empty variable counts as unset.
func fromEnvironment(f *flag.FlagSet, getenv func(string) string) error {
	given := map[string]bool{}
	f.Visit(func(g *flag.Flag) { given[g.Name] = true })
	var err error
	f.VisitAll(func(g *flag.Flag) {
		value := getenv(variable(g))
		if given[g.Name] || value == "" || err != nil {
			return
		}
		if setErr := f.Set(g.Name, value); setErr != nil {
			err = fmt.Errorf("%s: %q: %w; -h explains the settings", variable(g), value, setErr)
		}
	})
	return err
}

// mostQuota is more than any server can store.
const mostQuota = 1 << 50

// check refuses values that would count as a default, or cannot work.
func (c config) check() error {
	for _, number := range []struct {
		flag  string
		value int64
	}{
		{"replicas", int64(c.replicas)},
		{"connections", int64(c.connections)},
		{"connections-per-address", int64(c.perAddress)},
		{"message-length", int64(c.limits.MessageLength)},
		{"frame-bytes", int64(c.limits.FrameBytes)},
		{"messages-per-second", int64(c.limits.MessagesPerSecond)},
		{"sockets", int64(c.limits.Sockets)},
		{"sockets-per-address", int64(c.limits.SocketsPerAddress)},
		{"sockets-per-user", int64(c.limits.SocketsPerUser)},
		{"assign-max-attempts", int64(c.limits.AssignMaxAttempts)},
	} {
		if number.value <= 0 {
			return fmt.Errorf("-%s: must be more than 0", number.flag)
		}
	}
	for _, quota := range c.limits.Quotas.Each() {
		if *quota.Value <= 0 || *quota.Value > mostQuota {
			return fmt.Errorf("-%s: must be from 1 to %d", quota.Option, int64(mostQuota))
		}
	}
	if c.reserve < 0 {
		return errors.New("-reserve: must not be less than 0")
	}
	if err := c.checkConnections(); err != nil {
		return err
	}
	if c.silentVisitors < time.Minute {
		return errors.New("-silent-visitor-life: must be at least a minute")
	}
	if c.limits.AssignTimeout < time.Second {
		return errors.New("-assign-timeout: must be at least a second")
	}
	if c.limits.SurveyLink < time.Second {
		return errors.New("-survey-link: must be at least a second")
	}
	if c.afterLogout < 0 {
		return errors.New("-after-logout: must not be less than 0")
	}
	if c.sync != "interval" && c.sync != "always" {
		return fmt.Errorf("-sync: must be interval or always, not %q", c.sync)
	}
	// A character takes up to six bytes (as \u0000), and the frame around it some more.
	if least := 6*c.limits.MessageLength + 1024; c.limits.FrameBytes < least {
		return fmt.Errorf("-frame-bytes: %d is too few for messages of %d characters; use at least %d, or lower -message-length",
			c.limits.FrameBytes, c.limits.MessageLength, least)
	}
	return nil
}

// originList gives the origins that every app accepts. Pages of the public URL are the
// server's own.
func (c config) originList() []string {
	return strings.FieldsFunc(c.origins+","+c.address.PublicURL.Origin(), func(r rune) bool { return r == ',' || r == ' ' })
}
