package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// healthWithin is how long the server has to answer: it does within a second.
const healthWithin = 2 * time.Second

// askHealth is `parleyd health`: it asks the server of the same configuration, on this machine,
// by its private listener, whether it is ready for clients. It is for containers, which have
// no other program to ask with.
func askHealth(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	c, err := parse(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(c.adminAddr)
	if err != nil || port == "0" {
		return errors.New("health asks the private listener: give -admin-addr or PARLEY_ADMIN_ADDR, with a fixed port, as the server has it")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, stop := context.WithTimeout(ctx, healthWithin)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("health: the private listener does not answer: %w", err)
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 200))
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s", strings.TrimSpace(string(said)))
	}
	_, err = stdout.Write(said)
	return err
}
