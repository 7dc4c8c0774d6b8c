// Peers makes the load of `parleyd bench` on a server of another kind, for `make load`:
//
//	go run ./server/load/peers -system centrifuge -url ws://127.0.0.1:8000 -pid 123
//
// The servers are those of web/test/bench/peers. It prints the same figures, as JSON.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"parley/server/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	o := load.Options{Progress: os.Stderr}
	s := &system{}
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	kind := f.String("system", "", "what the server is: centrifuge or socket.io")
	f.StringVar(&o.URL, "url", "", "where it listens")
	f.IntVar(&s.pid, "pid", 0, "its process")
	f.IntVar(&o.Visitors, "visitors", 200, "as in parleyd bench")
	f.IntVar(&o.Agents, "agents", 20, "as in parleyd bench")
	f.IntVar(&o.Rate, "rate", 0, "as in parleyd bench")
	f.DurationVar(&o.Duration, "duration", 10*time.Second, "as in parleyd bench")
	f.IntVar(&o.Idle, "idle", 0, "as in parleyd bench")
	f.IntVar(&o.FanOut, "fan-out", 0, "as in parleyd bench")
	if err := f.Parse(args); err != nil {
		return err
	}
	protocols := map[string]func() protocol{"centrifuge": newCentrifuge, "socket.io": newSocketIO}
	if s.protocol = protocols[*kind]; s.protocol == nil {
		return errors.New("-system must be centrifuge or socket.io")
	}
	s.url = o.URL
	figures, err := load.Run(ctx, o, s)
	return errors.Join(figures.JSON(os.Stdout), err)
}
