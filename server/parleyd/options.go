package main

import (
	"flag"
	"log/slog"
	"time"

	"parley/server"
)

// configOption names the configuration file, and so cannot stand in it.
const configOption = "config"

// options makes the table of all options, with their values in the configuration.
func (c *config) options() *options {
	o := &options{values: flag.NewFlagSet("parleyd", flag.ContinueOnError)}
	add(o, &c.file, configOption, "", "`FILE` of YAML with options, by the names of the flags")
	c.addressOptions(o)
	c.tlsOptions(o)
	c.storeOptions(o)
	c.adminOption(o)
	c.sessionOptions(o)
	c.limitOptions(o)
	add(o, &c.demo, "demo", false, "create the app \"demo\" with its agents, and serve the demo page; not for the public internet")
	add(o, &c.webhooks.Private, "webhooks-private", false,
		"let webhooks reach private and loopback addresses, as -demo does; then anyone with an app's secret can reach into this network")
	c.seeingOptions(o)
	c.traceOptions(o)
	return o
}

// seeingOptions say what the operator sees.
func (c *config) seeingOptions(o *options) {
	add(o, &c.adminAddr, "admin-addr", "", "`host:port` of a private listener with /metrics, /livez, /readyz and /debug/pprof/")
	add(o, &c.stopDelay, "stop-delay", 2*time.Second,
		"`time` that the server goes on at a stop after /readyz has said so; only with -admin-addr", atLeast(time.Duration(0)))
	add(o, &c.logLevel, "log-level", slog.LevelInfo, "least `level` logged: debug, info, warn or error")
	add(o, &c.logFormat, "log-format", "text", "`format` of the log: text or json", oneOf("text", "json"))
	add(o, &c.accessLog, "access-log", false, "log each request, without its query")
	add(o, &c.audit.Age, "audit-age", 365*day, "`time` after which entries of the audit log are removed", atLeast(time.Minute))
	add(o, &c.audit.Entries, "audit-entries", 100_000, "`entries` of an app's audit log that are kept of log-ins, of visitors, of each other actor", atLeast(1))
	add(o, &c.audit.Log, "audit-log", false, "write each entry of the audit log to the log as well")
	add(o, &c.slow, "slow", time.Second, "`time` after which an operation is logged as slow", atLeast(time.Nanosecond))
}

// addressOptions say where the server is reached, and by whom.
func (c *config) addressOptions(o *options) {
	preset := server.AddressOptions{}.WithDefaults()
	add(o, &c.addr, "addr", "127.0.0.1:8000", "`host:port` to listen on; port 0 chooses a free one")
	add(o, &c.address.PublicURL, "public-url", preset.PublicURL,
		"`URL` at which clients reach this server, such as https://example.com/chat, for the addresses that it writes: links to surveys, the script tag")
	add(o, &c.address.BasePath, "base-path", preset.BasePath,
		"`path` below which to serve everything, such as /chat; for a proxy that passes paths on as they are")
	add(o, &c.address.TrustedProxies, "trusted-proxies", preset.TrustedProxies, "`list` of addresses and networks, separated by commas, of proxies "+
		"whose Forwarded and X-Forwarded headers are believed; none trusts nobody")
	add(o, &c.proxyProtocol, "proxy-protocol", false, "take the address of a client from the PROXY protocol (version 1 or 2), "+
		"which each connection of a trusted proxy must begin with")
	add(o, &c.address.Hosts, "hosts", preset.Hosts, "`list` of the hosts, separated by commas, to which clients send requests; "+
		"others are refused with 421, so that no foreign name can be made to point here (DNS rebinding)")
	add(o, &c.origins, "origins", "",
		"`list` of origins, separated by commas, whose pages may use every app, beside those that the app lists")
}

// storeOptions say where the data is.
func (c *config) storeOptions(o *options) {
	add(o, &c.data, "data", "./.data", "`folder` of the data; it is created if it is missing")
	addSecret(o, &c.nats, "nats", "`URL` of a NATS server with JetStream to keep the data in, instead of the folder", server.RedactURLs)
	c.loginOptions(o)
	add(o, &c.replicas, "replicas", 1, "`copies` that a NATS cluster keeps of the data", atLeast(1), atMost(5))
	add(o, &c.chatStreams, "chat-streams", 0, "`number` of streams over which the chats of a store are spread that is made now; it stays, and a store that "+
		"has another one is refused. Each has a leader of its own in a NATS cluster. 0: 16 with -replicas above 1, else 1", atLeast(0), atMost(server.MaxChatStreams))
	add(o, &c.reserve, "reserve", 0, "`bytes` of the disk, or of the NATS account's limit, that are kept for agents when it is full. "+
		"0: 5 % of it, at least 256 MiB, at most a quarter", atLeast(int64(0)))
	add(o, &c.lostStreams, "lost-streams", "", "`list` of streams, separated by commas, that the store has lost for good: they are made anew, without "+
		"what was in them. For one start; without it a store that has lost any is refused")
	c.encryptionOptions(o)
	add(o, &c.sync, "sync", "interval", "`when` data is forced to the disk. interval: within two minutes; a loss of power can lose the last "+
		"messages, a kill of the program cannot. always: before each acknowledgement", oneOf("interval", "always"))
}

// sessionOptions say how long sessions live.
func (c *config) sessionOptions(o *options) {
	add(o, &c.visitors.unused, "session-life", 30*day, "`time` after its last use until a visitor's session ends")
	add(o, &c.visitors.whole, "session-max", 365*day, "`time` after which a visitor's session ends, however it is used")
	add(o, &c.silentVisitors, "silent-visitor-life", day,
		"`time` after its last use until the session of a visitor ends in whose chats nothing was said; then the visitor is removed", atLeast(time.Minute))
	add(o, &c.agents.unused, "agent-session-life", day, "`time` after its last use until an agent's session ends")
	add(o, &c.agents.whole, "agent-session-max", 7*day, "`time` after which an agent's session ends, however it is used")
	add(o, &c.afterLogout, "after-logout", time.Hour,
		"`time` after a logout in which visitors can still save the conversation and answer the survey", atLeast(time.Duration(0)))
}

// mostQuota is more than any server can store.
const mostQuota = 1 << 50

// limitOptions bound what clients may take.
func (c *config) limitOptions(o *options) {
	connections := min(openFiles()/4*3, openFiles()-ownFiles)
	add(o, &c.connections, "connections", connections,
		"`connections` at a time, below the number of files that the process may open; more are closed at once", atLeast(1))
	add(o, &c.perAddress, "connections-per-address", min(1000, connections/4),
		"`connections` at a time with one address, unless it is a trusted proxy's", atLeast(1))
	add(o, &c.limits.MessageLength, "message-length", 10_000, "longest message, in `characters`", atLeast(1))
	add(o, &c.limits.FrameBytes, "frame-bytes", 256<<10, "longest frame accepted from a client, in `bytes`", atLeast(1))
	add(o, &c.limits.MessagesPerSecond, "messages-per-second", 1000,
		"`requests` a second of one user, over all their connections; sockets of a faster one are slowed down", atLeast(1))
	add(o, &c.limits.Rates, "rates", server.Rates{}, "`list` of rates that differ from the defaults, separated by commas, such as "+
		"visitors/address=0.5:30: so many a second, and so many at once; docs/operating.md has all")
	add(o, &c.limits.Sockets, "sockets", 20_000, "`sockets` that this server takes in all; a tenth may have no session yet", atLeast(1))
	add(o, &c.limits.SocketsPerAddress, "sockets-per-address", 1000, "`sockets` that one client's address may have", atLeast(1))
	add(o, &c.limits.SocketsPerUser, "sockets-per-user", 20, "`sockets` that one user may have; the tabs of a browser share one", atLeast(1))
	add(o, &c.limits.AssignTimeout, "assign-timeout", 30*time.Second, "`time` that an agent has to answer an invitation", atLeast(time.Second))
	add(o, &c.limits.AssignMaxAttempts, "assign-max-attempts", 10, "`agents` invited to a chat, one after the other, before the search ends", atLeast(1))
	add(o, &c.limits.SurveyLink, "survey-link", 24*time.Hour, "`time` in which a link to a survey can be used", atLeast(time.Second))
	for _, quota := range c.limits.Quotas.Each() {
		add(o, quota.Value, quota.Option, quota.Default, "most "+quota.What+"; an app may set less", atLeast(int64(1)), atMost(int64(mostQuota)))
	}
}
