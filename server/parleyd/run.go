package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"parley/server"
	"parley/web"
)

// Stopping takes no longer than these two together.
const (
	goodbyeWithin = 6 * time.Second // clients close, requests finish
	drainWithin   = 5 * time.Second // the engine writes what is left
)

// run serves until ctx ends, then stops cleanly. What an operator must know goes
// to stdout, the log to stderr; dist is what `make build` made.
func run(ctx context.Context, dist fs.FS, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	c, err := parse(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: c.logLevel}))
	version, err := web.Version()
	if err != nil {
		return err
	}
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		return err
	}
	assets, err := web.Serve(built, version, c.demo, server.PublicBase)
	if err != nil {
		return err
	}
	// The address is taken before anything is written; who connects early waits.
	listener, err := listen(ctx, c.addr)
	if err != nil {
		return err
	}
	defer listener.Close() // closed by the HTTP server already, if it came that far

	front := newFront(assets)
	web := newHTTPServer(front, logger)
	ended := make(chan error, 1)
	h := &hello{to: stdout, version: version}
	for first := true; ; first = false {
		again, err := c.life(ctx, front, h, func() {
			if first {
				go func() { ended <- web.Serve(listener) }()
				h.say(listener.Addr(), c)
			}
		}, ended, web, logger)
		switch {
		case !again && !first && err != nil && ctx.Err() == nil: // there is no room again
			logger.Error("the server cannot go on yet, it is tried again", "error", err)
			select {
			case <-time.After(time.Second):
				continue
			case <-ctx.Done():
				return web.Close()
			}
		case !again:
			return err
		}
	}
}

// life runs the parts over an engine, from its start to its end. again tells that
// the engine could not write and now can, if it is started anew.
func (c config) life(ctx context.Context, front *front, h *hello, ready func(), ended <-chan error, web *http.Server, logger *slog.Logger) (again bool, err error) {
	engine, err := server.StartEngine(ctx, server.EngineOptions{Dir: c.data, URL: c.nats, Replicas: c.replicas, SyncAlways: c.sync == "always", Logger: logger})
	if err != nil {
		return false, err
	}
	chat, err := c.open(ctx, engine, h, logger)
	if err != nil {
		err = engine.Explain(err)
	} else {
		front.serve(chat.Handler())
		ready()
		select {
		case err = <-ended:
			err = fmt.Errorf("serve: %w", err)
			stop(web, chat, logger)
		case <-ctx.Done():
			logger.Info("stopping; Ctrl-C again ends at once")
			stop(web, chat, logger)
		case <-engine.Healed():
			front.serve(nil)
			again = true
			stopChat(chat, logger)
		}
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil // stopped while it was still starting
	}
	closing, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	if closeErr := engine.Close(closing); !again {
		err = errors.Join(err, closeErr)
	}
	return again, err
}

// open makes the chat server over the engine.
func (c config) open(ctx context.Context, engine *server.Engine, h *hello, logger *slog.Logger) (*server.Server, error) {
	identity, err := server.NewIdentity(ctx, engine, server.SessionLife(c.sessionLife), server.AllowOrigins(c.everywhere()...), server.AfterLogout(c.afterLogout))
	if err != nil {
		return nil, err
	}
	if h.adminSecret, err = c.prepare(ctx, identity); err != nil {
		return nil, err
	}
	if err = c.warnOfDemo(ctx, identity, logger); err != nil {
		return nil, err
	}
	if h.anyApp, err = identity.AnyApp(ctx); err != nil {
		return nil, err
	}
	chat, err := server.New(ctx, engine, identity, server.Options{Limits: c.limits, Webhooks: c.webhooks, Logger: logger})
	if err == nil && c.demo {
		err = chat.SeedDemoSettings(ctx)
	}
	return chat, err
}

// prepare makes the accounts that a first start needs: those of the demo, or the
// admin secret, which is given back this once.
func (c config) prepare(ctx context.Context, identity *server.Identity) (adminSecret string, err error) {
	if c.demo {
		return "", server.SeedDemo(ctx, identity)
	}
	return identity.EnsureAdmin(ctx)
}

// warnOfDemo tells when a server in earnest runs on the data of a demo.
func (c config) warnOfDemo(ctx context.Context, identity *server.Identity, logger *slog.Logger) error {
	there, err := server.HasDemo(ctx, identity)
	if there && !c.demo {
		logger.Warn("the data holds the demo app, whose secret and passwords everybody knows; use another folder in earnest")
	}
	return err
}

func newHTTPServer(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute, // a slow line loads the core in this time; WebSockets have their own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug), // what clients do wrong
	}
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is in use by another program; choose another with -addr", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %q: %w; choose another address with -addr", addr, err)
	}
	return listener, nil
}

// stop takes nobody new, and at the same time says goodbye to those on a
// WebSocket and lets requests finish.
func stop(web *http.Server, chat *server.Server, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeWithin)
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() {
		if err := web.Shutdown(ctx); err != nil {
			logger.Warn("some requests were cut off", "error", err)
			_ = web.Close()
		}
	})
	both.Go(func() { stopChat(chat, logger) })
	both.Wait()
}

func stopChat(chat *server.Server, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeWithin)
	defer cancel()
	if err := chat.Close(ctx); err != nil {
		logger.Warn("some connections were cut off", "error", err)
	}
}
