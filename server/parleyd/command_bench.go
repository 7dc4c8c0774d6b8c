package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"parley/server/load"
)

const benchHelp = `Usage: parleyd bench [flags] [-- flags of the server]

Makes load on a server, and measures how it bears it: how fast visitors come, how many
messages it takes, how soon they are there, and whether each is there once. Without -url it
starts a server of its own, on data in a temporary folder, without limits on what one address
may do, and says what memory and CPU it takes (on Linux). What stands after -- is for that
server. With -url the limits of the server hold, and the load is an app of its own, which is
removed at the end. Ctrl-C ends it with the figures so far.

`

// benchConfig has the values of the options of `parleyd bench`.
type benchConfig struct {
	load.Options
	json bool
}

func (c *benchConfig) options() *options {
	const most = 100_000
	o := &options{values: flag.NewFlagSet("parleyd bench", flag.ContinueOnError)}
	add(o, &c.URL, "url", "", "`URL` of the server, such as http://127.0.0.1:8000; none starts one", serverURL)
	addSecret(o, &c.Secret, "admin-secret", "the admin `secret` of the server that -url names", hidden)
	add(o, &c.Program, "program", "", "`FILE` of another parleyd to start, such as an older one; none is this one")
	add(o, &c.Chats, "chats", 0, "`chats` that are in the store before, of visitors who have left", atLeast(0), atMost(10_000_000))
	add(o, &c.Visitors, "visitors", 200, "`visitors` who speak, each with a chat", atLeast(0), atMost(most))
	add(o, &c.Agents, "agents", 20, "`agents` who share the chats, and hear what visitors say", atLeast(1), atMost(1000))
	add(o, &c.Rate, "rate", 0, "`messages` a second of all visitors; 0 is as fast as replies come, one of each visitor at a time", atLeast(0), atMost(1_000_000))
	add(o, &c.Duration, "duration", 10*time.Second, "`time` that each part takes", atLeast(time.Second), atMost(24*time.Hour))
	add(o, &c.Idle, "idle", 0, "`connections` of visitors who say nothing, made before the others", atLeast(0), atMost(most))
	add(o, &c.FanOut, "fan-out", 0, "`connections` that hear one more visitor, after the others", atLeast(0), atMost(most))
	add(o, &c.json, "json", false, "print the figures as JSON")
	return o
}

func serverURL(text string) error {
	u, err := url.Parse(text)
	if text != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("must be the http or https URL of a server, such as http://127.0.0.1:8000")
	}
	return nil
}

// parseBench gives the options. With -h it writes an explanation and returns flag.ErrHelp.
func parseBench(args []string, help io.Writer) (*benchConfig, error) {
	c := &benchConfig{}
	o := c.options()
	if at := slices.Index(args, "--"); at >= 0 {
		c.ServerFlags, args = args[at+1:], args[:at]
	}
	flags, wrong := o.fromFlags(args)
	if len(wrong) == 1 && errors.Is(wrong[0], flag.ErrHelp) {
		fmt.Fprint(help, benchHelp)
		for _, one := range o.list {
			one.explainAlone(help)
		}
		return nil, flag.ErrHelp
	}
	if wrong = append(wrong, o.set(flags)...); len(wrong) > 0 {
		return nil, allOf(wrong)
	}
	return c, allOf(c.check())
}

// check refuses values that do not go together, each of which is right by itself.
func (c *benchConfig) check() (wrong []error) {
	if c.URL != "" && c.Secret == "" {
		wrong = append(wrong, errors.New("-admin-secret-file is missing: the load is an app of its own, which the admin secret makes and removes"))
	}
	if c.URL == "" && c.Secret != "" {
		wrong = append(wrong, errors.New("-admin-secret is for the server that -url names, and -url is missing"))
	}
	if c.URL != "" && (c.Program != "" || len(c.ServerFlags) > 0) {
		wrong = append(wrong, errors.New("-program, and flags behind --, are for a server that is started here, without -url"))
	}
	if c.Visitors+c.Idle+c.FanOut == 0 {
		wrong = append(wrong, errors.New("-visitors, -idle and -fan-out are all 0: there is nothing to measure"))
	}
	if need, may := c.Connections()+ownFiles, openFiles(); need > may {
		wrong = append(wrong, fmt.Errorf("%d connections are more than the %d that this process may have open beside its own files; "+
			"lower -visitors, -idle or -fan-out, or raise the limit on open files (ulimit -n)", c.Connections(), may-ownFiles))
	}
	return wrong
}

// withoutOptions leaves out of an environment what sets options of a server: one for the load
// must not write to the store of the one that is operated so.
func withoutOptions(environ []string) []string {
	known := (&config{}).options().names()
	return slices.DeleteFunc(environ, func(one string) bool {
		name, _, _ := strings.Cut(one, "=")
		return slices.ContainsFunc(known, func(option string) bool { return variable(option) == name })
	})
}

// bench is `parleyd bench`: it makes load on a server, and prints what was measured.
func bench(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := parseBench(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.Program == "" {
		if c.Program, err = os.Executable(); err != nil {
			return err
		}
	}
	c.Progress, c.ServerEnv = stderr, withoutOptions(os.Environ())
	system, err := load.Parley(ctx, c.Options)
	if err != nil {
		return err
	}
	figures, err := load.Run(ctx, c.Options, system)
	if c.json {
		return errors.Join(figures.JSON(stdout), err)
	}
	figures.Print(stdout)
	return err
}
