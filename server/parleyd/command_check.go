package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"

	"parley/server"
)

// checkConfig is `parleyd check`: it writes all that is wrong with the configuration and
// with what it names, and what is seldom meant. It changes nothing. Its error says only how
// much is wrong.
func checkConfig(ctx context.Context, args []string, getenv func(string) string, environ []string, stdout io.Writer) error {
	c, o, err := parseOptions(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	var wrong problems
	_ = errors.As(err, &wrong)
	front, err := c.openFront(ctx, slog.New(slog.DiscardHandler))
	private, privateErr := c.listenAdmin(ctx)
	for _, err := range []error{err, privateErr, c.tryStore(ctx), c.checkAdminFile()} {
		var several problems
		switch {
		case errors.As(err, &several):
			wrong = append(wrong, several...)
		case err != nil:
			wrong = append(wrong, err)
		}
	}
	for _, one := range wrong {
		fmt.Fprintln(stdout, "wrong:  ", one)
	}
	var listening net.Addr
	var of certificates
	if err == nil {
		listening, of = front.main.Addr(), front.certificates
		front.close()
	}
	for _, one := range slices.Concat(o.cautions(environ), c.cautions(listening, of), privateCautions(private), c.traceCautions(ctx, environ)) {
		fmt.Fprintln(stdout, "caution:", one)
	}
	if private != nil {
		_ = private.Close() // it was opened only to see whether it can be
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

// tryStore writes to the folder, or connects to NATS.
func (c *config) tryStore(ctx context.Context) error {
	if c.nats == "" {
		if err := server.CheckFolder(c.data); err != nil {
			return err
		}
		return allOf(slices.DeleteFunc([]error{server.CheckEncryption(c.data, c.encryption()), wrongReserve(server.CheckReserve(c.data, c.reserve))},
			func(err error) bool { return err == nil }))
	}
	engine, err := server.StartEngine(ctx, c.engine())
	if err != nil {
		return err
	}
	return errors.Join(wrongReserve(engine.CheckReserve()), closeEngine(engine))
}

func wrongReserve(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("-reserve: %w", err)
}
