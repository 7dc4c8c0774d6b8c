package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	good, err := command(ctx, os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
	}
	if err != nil || !good {
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string, out io.Writer) (good bool, err error) {
	var o options
	f := flag.NewFlagSet("soak", flag.ContinueOnError)
	f.DurationVar(&o.length, "for", 5*time.Minute, "how long the faults last")
	f.IntVar(&o.visitors, "clients", 20, "native visitors, each with a chat")
	f.IntVar(&o.agents, "agents", 3, "native agents, who share the chats")
	f.IntVar(&o.pages, "pages", 2, "pages in Chromium, each with a chat of its own")
	f.DurationVar(&o.pause, "pause", 200*time.Millisecond, "time between two messages of one person, on average")
	f.IntVar(&o.nodes, "nodes", 1, "servers; several share a cluster of as many NATS servers, which fail too")
	f.DurationVar(&o.killEvery, "kill", 15*time.Second, "time between two restarts of a server, on average; 0 is never")
	f.DurationVar(&o.downEvery, "down", 10*time.Second, "time between two outages of the network, on average; 0 is never")
	f.IntVar(&o.outages, "outages", 10, "outages after the faults, which measure how long people take to catch up")
	f.BoolVar(&o.tolls, "tolls", false, "measure what upgrades and deaths of several servers cost, after the faults")
	f.Uint64Var(&o.seed, "seed", rand.Uint64(), "seed of the faults")
	f.StringVar(&o.program, "parleyd", "parleyd", "path of the server's program")
	if err := f.Parse(args); err != nil {
		return false, err
	}
	if o.nodes != 1 && o.nodes < copies {
		return false, fmt.Errorf("-nodes must be 1, or at least %d for as many copies, got %d", copies, o.nodes)
	}
	if o.tolls && o.nodes == 1 {
		return false, errors.New("-tolls is for several -nodes")
	}
	if o.folder, err = os.MkdirTemp("", "parley-soak-"); err != nil {
		return false, err
	}
	fmt.Fprintf(out, "soak: seed %d, for %s: %d servers, %d visitors, %d agents, %d pages\n", o.seed, o.length, o.nodes, o.visitors, o.agents, o.pages)
	r, err := run(ctx, o)
	if err != nil {
		return false, fmt.Errorf("%w (the servers' data and output are in %s)", err, o.folder)
	}
	r.print(out)
	if !r.good() {
		return false, nil
	}
	return true, os.RemoveAll(o.folder)
}

func (r report) good() bool {
	rejected := slices.ContainsFunc(r.Tolls, func(t toll) bool { return t.Rejected > 0 })
	return r.Good() && r.Delivered.Good() && r.Files.Good() && r.Webhook.Good() && !rejected && r.Wrong == 0
}

func (r report) print(out io.Writer) {
	fmt.Fprintf(out, "messages sent        %d (%d refused)\n", r.Messages, r.Refused)
	fmt.Fprintf(out, "in the logs          lost %d, doubled %d, reordered %d; broken promises %d\n",
		r.Lost, r.Doubled, r.Reordered, r.Broken)
	fmt.Fprintf(out, "pushed to clients    %d: lost %d, doubled %d, reordered %d\n",
		r.Delivered.Messages, r.Delivered.Lost, r.Delivered.Doubled, r.Delivered.Reordered)
	fmt.Fprintf(out, "files sent           %d in %d attempts: lost %d, doubled %d, broken %d\n",
		r.Files.Messages, r.Attempts, r.Files.Lost, r.Files.Doubled, r.Files.Broken)
	fmt.Fprintf(out, "posted to webhook    %d: lost %d, under two ids %d; repeated %d times\n",
		r.Webhook.Messages, r.Webhook.Lost, r.Webhook.Doubled, r.Repeated)
	fmt.Fprintf(out, "server restarts      %d, pauses %d\n", r.Restarts, r.Pauses)
	fmt.Fprintf(out, "clients begun        %d, pages loaded %d\n", r.Clients, r.Loads)
	for _, name := range faultNames {
		fmt.Fprintf(out, "%-20s %d\n", name, r.Faults[name])
	}
	if n := len(r.Back); n > 0 {
		fmt.Fprintf(out, "network back to caught up: median %s, p99 %s, of %d\n",
			r.Back[n/2].Round(time.Millisecond), r.Back[n*99/100].Round(time.Millisecond), n)
	}
	if r.Acts > 0 {
		fmt.Fprintf(out, "histories            %d acts, in no order in %d chats\n", r.Acts, r.Wrong)
	}
	for _, t := range r.Tolls {
		fmt.Fprintf(out, "%-20s %s\n", t.Event, t)
		r.examples = append(r.examples, t.examples...)
	}
	for _, example := range slices.Concat(r.examples, r.Delivered.examples, r.Files.examples, r.Webhook.examples) {
		fmt.Fprintln(out, " ", example)
	}
}
