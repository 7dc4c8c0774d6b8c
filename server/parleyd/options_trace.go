package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"parley/server"
)

// A stop waits for the collector this long, after all else has ended.
const flushWithin = time.Second

// traceOptions say what is traced.
func (c *config) traceOptions(o *options) {
	add(o, &c.trace.Endpoint, "trace-endpoint", "",
		"`URL` of a collector of OpenTelemetry that takes OTLP over HTTP, such as http://127.0.0.1:4318; without it nothing is traced")
	addSecret(o, &c.trace.Headers, "trace-headers", "`list` of headers for the collector, NAME=VALUE, separated by commas", hidden)
	add(o, &c.trace.Ratio, "trace-ratio", 0.01, "`share` of the requests that are traced, from 0 to 1", atLeast(0.0), atMost(1.0))
	add(o, &c.address.FollowTraces, "trace-proxies", false, "have the traceparent of trusted proxies decide which trace a request is a part of, "+
		"and whether it is traced; they must begin traces themselves, not pass on what clients send")
}

// checkTrace refuses what could not be traced.
func (c *config) checkTrace() []error {
	switch {
	case c.trace.Endpoint == "" && (c.trace.Headers != "" || c.address.FollowTraces):
		return []error{errors.New("-trace-endpoint is missing: without it nothing is traced, and the other options that begin with -trace do nothing")}
	case c.trace.Endpoint == "":
		return nil
	}
	if err := c.trace.Check(); err != nil {
		return []error{err}
	}
	return nil
}

// tracer gives what makes traces, nil if nothing is traced. It is closed when all else has
// ended.
func (c *config) tracer(version string, logger *slog.Logger) (*server.Tracer, error) {
	if c.trace.Endpoint == "" {
		return nil, nil
	}
	return server.NewTracer(c.trace, version, logger)
}

func closeTracer(t *server.Tracer) {
	ctx, stop := context.WithTimeout(context.Background(), flushWithin)
	defer stop()
	t.Close(ctx)
}

// traceCautions says what of tracing works, and is seldom meant, and tries the collector.
func (c *config) traceCautions(ctx context.Context, environ []string) (list []string) {
	for _, one := range environ {
		name, _, _ := strings.Cut(one, "=")
		if strings.HasPrefix(name, "OTEL_EXPORTER_OTLP_") || strings.HasPrefix(name, "OTEL_TRACES_") {
			list = append(list, name+": is not read; the options that begin with -trace say what is traced")
		}
	}
	if c.trace.Endpoint == "" || c.trace.Check() != nil {
		return list
	}
	if at, _ := url.Parse(c.trace.Endpoint); c.trace.Headers != "" && at.Scheme == "http" && !isThisMachine(at.Hostname()) {
		list = append(list, "-trace-headers: go to the collector without TLS; whoever is on the way can read them")
	}
	if err := c.trace.Try(ctx); err != nil {
		list = append(list, fmt.Sprintf("-trace-endpoint: the collector takes no traces now: %s", err))
	}
	return list
}

func isThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
