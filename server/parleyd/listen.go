package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"
)

func newHTTPServer(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second, // and of a handshake of TLS
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute, // for the core over a slow line; WebSockets have their own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: requestsAtOnce},
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug), // faults of clients
	}
}

// requestsAtOnce is how many requests one connection of HTTP/2 may have under way: as many
// as browsers use, and no more, since connections are counted and not what they carry.
const requestsAtOnce = 100

func listen(ctx context.Context, option, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is in use by another program; choose another with -%s", addr, option)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %q: %w; choose another address with -%s", addr, err, option)
	}
	return listener, nil
}
