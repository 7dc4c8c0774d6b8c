package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"parley/server"
)

// config has the values of the options.
type config struct {
	file           string
	addr           string
	data           string
	nats           string
	login          server.EngineLogin
	replicas       int
	chatStreams    int
	lostStreams    string
	reserve        int64
	sync           string
	storeKey       string
	storeCipher    string
	demo           bool
	origins        string
	address        server.AddressOptions
	tls            tlsOptions
	visitors       sessionLife
	agents         sessionLife
	silentVisitors time.Duration
	afterLogout    time.Duration
	connections    int
	perAddress     int
	proxyProtocol  bool
	logLevel       slog.Level
	logFormat      string
	accessLog      bool
	slow           time.Duration
	adminFile      string
	audit          server.AuditOptions
	adminAddr      string
	stopDelay      time.Duration
	trace          server.TraceOptions
	limits         server.Limits
	webhooks       server.WebhookOptions
}

// sessionLife is how long sessions live: without use, and altogether.
type sessionLife struct{ unused, whole time.Duration }

const day = 24 * time.Hour

// parse gives the configuration: each option from its flag, else from the environment, else
// from the configuration file, else its default. The error says all that is wrong. With -h
// it writes an explanation to help and returns flag.ErrHelp.
func parse(args []string, getenv func(string) string, help io.Writer) (config, error) {
	c, _, err := parseOptions(args, getenv, help)
	return *c, err
}

// parseOptions gives the options too.
func parseOptions(args []string, getenv func(string) string, help io.Writer) (*config, *options, error) {
	c := &config{}
	o := c.options()
	flags, wrong := o.fromFlags(args)
	if len(wrong) == 1 && errors.Is(wrong[0], flag.ErrHelp) {
		o.help(help)
		return c, o, flag.ErrHelp
	}
	environment := o.fromEnvironment(getenv)
	sources := []source{flags, environment}
	for _, s := range sources {
		if named, ok := s[configOption]; ok {
			file, unreadable := o.fromFile(named.text)
			sources, wrong = append(sources, file), append(wrong, unreadable...)
			break
		}
	}
	wrong = append(wrong, o.set(sources...)...)
	if c.demo && !c.webhooks.Private { // a target that is tried out runs on the same machine
		c.webhooks.Private, o.named("webhooks-private").from = true, o.named("demo").from
	}
	return c, o, allOf(append(wrong, c.check()...))
}

// problems is all that is wrong with a configuration.
type problems []error

func (p problems) Error() string {
	if len(p) == 1 {
		return p[0].Error()
	}
	text := fmt.Sprintf("%d things are wrong:", len(p))
	for _, one := range p {
		text += "\n  " + one.Error()
	}
	return text
}

// allOf makes one error of several, and none of none.
func allOf(wrong []error) error {
	if len(wrong) == 0 {
		return nil
	}
	return problems(wrong)
}

// check refuses values that do not go together. Those that are wrong by themselves are
// refused by the bounds of their option.
func (c *config) check() []error {
	wrong := slices.Concat(c.checkConnections(), c.checkProxyProtocol(), c.checkTLS(), c.checkIdentity(), c.checkTrace())
	// A character takes up to six bytes (as \u0000), and the frame around it some more.
	if least := 6*c.limits.MessageLength + 1024; c.limits.FrameBytes < least {
		wrong = append(wrong, fmt.Errorf("-frame-bytes: %d is too few for messages of %d characters; use at least %d, or lower -message-length",
			c.limits.FrameBytes, c.limits.MessageLength, least))
	}
	return append(append(wrong, c.checkLogin()...), c.checkStoreKey()...)
}

// engine gives the options of the store.
func (c *config) engine() server.EngineOptions {
	return server.EngineOptions{
		Dir: c.data, URL: c.nats, Login: c.login, Replicas: c.replicas, ChatStreams: c.chatStreams, Reserve: c.reserve, SyncAlways: c.sync == "always",
		Encryption: c.encryption(), LostStreams: listed(c.lostStreams),
	}
}

// identityOption is an option of apps, users and sessions, and how operators set it.
type identityOption struct {
	flags string
	set   server.IdentityOption
}

func (c *config) identityOptions() []identityOption {
	return []identityOption{
		{"-session-life and -session-max", server.VisitorSessions(c.visitors.unused, c.visitors.whole)},
		{"-agent-session-life and -agent-session-max", server.AgentSessions(c.agents.unused, c.agents.whole)},
		{"-silent-visitor-life", server.SilentVisitors(c.silentVisitors)},
		{"-origins", server.AllowOrigins(c.originList()...)},
		{"-after-logout", server.AfterLogout(c.afterLogout)},
	}
}

// checkIdentity refuses what identity would refuse when it is opened.
func (c *config) checkIdentity() (wrong []error) {
	for _, one := range c.identityOptions() {
		if err := server.CheckIdentity(one.set); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", one.flags, err))
		}
	}
	return wrong
}

// openIdentity opens apps, users and sessions.
func (c *config) openIdentity(ctx context.Context, engine *server.Engine) (*server.Identity, error) {
	var options []server.IdentityOption
	for _, one := range c.identityOptions() {
		options = append(options, one.set)
	}
	return server.NewIdentity(ctx, engine, options...)
}

// originList gives the origins that every app accepts. Pages of the public URL are the
// server's own.
func (c config) originList() []string {
	return listed(c.origins + "," + c.address.PublicURL.Origin())
}

// listed gives the parts of a list that commas or blanks separate.
func listed(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
