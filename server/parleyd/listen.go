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

// listen opens the address of an option. The error says which option to change.
func (c *config) listen(ctx context.Context, option, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		for _, other := range []struct{ option, addr string }{{"addr", c.addr}, {"http-addr", c.tls.httpAddr}} {
			if other.option == option {
				break // those behind are opened later
			}
			if isSame(other.addr, addr) {
				return nil, fmt.Errorf("-%s and -%s are the same address, %s: give each one of its own", other.option, option, addr)
			}
		}
		return nil, fmt.Errorf("the address %s is in use by another program; choose another with -%s", addr, option)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %q: %w; choose another address with -%s", addr, err, option)
	}
	return listener, nil
}

// isSame tells whether two addresses cannot be listened on at once.
func isSame(one, other string) bool {
	a, errA := net.ResolveTCPAddr("tcp", one)
	b, errB := net.ResolveTCPAddr("tcp", other)
	if errA != nil || errB != nil || one == "" || other == "" || a.Port != b.Port {
		return false
	}
	isAll := func(ip net.IP) bool { return ip == nil || ip.IsUnspecified() }
	return a.IP.Equal(b.IP) || isAll(a.IP) || isAll(b.IP)
}
