package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"

	"parley/server"
)

// checkConfig is `parleyd check`: it writes all that is wrong with the configuration and
// with what it names, and what is seldom meant. It changes nothing. Its error says only how
// much is wrong.
func checkConfig(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	c, _, err := parseOptions(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	var wrong problems
	_ = errors.As(err, &wrong)
	listening, err := c.tryAddress(ctx)
	for _, err := range []error{err, c.tryStore(ctx)} {
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	for _, one := range wrong {
		fmt.Fprintln(stdout, "wrong:  ", one)
	}
	for _, one := range c.cautions(listening) {
		fmt.Fprintln(stdout, "caution:", one)
	}
	switch len(wrong) {
	case 0:
		fmt.Fprintln(stdout, "The configuration can be used.")
		return nil
	case 1:
		return errors.New("check: one thing is wrong")
	}
	return fmt.Errorf("check: %d things are wrong", len(wrong))
}

// tryAddress listens for a moment.
func (c *config) tryAddress(ctx context.Context) (net.Addr, error) {
	listener, err := listen(ctx, c.addr)
	if err != nil {
		return nil, err
	}
	return listener.Addr(), listener.Close()
}

// tryStore writes to the folder, or connects to NATS.
func (c *config) tryStore(ctx context.Context) error {
	if c.nats == "" {
		return server.CheckFolder(c.data)
	}
	engine, err := server.StartEngine(ctx, c.engine())
	if err != nil {
		return err
	}
	return closeEngine(engine)
}
