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
	"sync"
	"time"

	"parley/server"
	"parley/web"
)

// A stop takes no longer than these two together, and flushWithin if there are traces.
const (
	goodbyeWithin = 6 * time.Second // for clients to close and requests to finish
	drainWithin   = 5 * time.Second // for the engine to write what is left
)

// keepWithin bounds how long a start is held up by keeping the build's files.
const keepWithin = 10 * time.Second

// retryEvery is the pause between attempts to restart the engine.
const retryEvery = time.Second

// electWithin is how long a start waits for a NATS cluster that has no leaders yet.
const electWithin = time.Minute

// run serves until ctx ends, then stops cleanly. What an operator must know is printed
// on stdout, the log on stderr. dist is what `make build` made.
func run(ctx context.Context, dist fs.FS, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	c, err := parse(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	logger := c.logger(stderr)
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
	tracer, err := c.tracer(version, logger)
	if err != nil {
		return err
	}
	defer closeTracer(tracer)
	// Listen first: a taken address is an error before anything is written, and clients
	// that connect early wait.
	front, err := c.openFront(ctx, logger)
	if err != nil {
		return err
	}
	h := newChatHandler(assets)
	front.handle(c.address.Handler(c.logged(server.LimitRequests(front.bounds, h), logger)), c, logger)
	defer front.close()

	private, err := c.listenAdmin(ctx)
	if err != nil {
		return err
	}
	for _, caution := range append(c.cautions(front.main.Addr(), front.certificates), privateCautions(private)...) {
		logger.Warn(caution)
	}
	d := &daemon{
		config: c, logger: logger, front: front, private: private, handler: h, assets: assets,
		tracer: tracer, greeting: greeting{to: stdout, version: version}, served: make(chan error, 2),
	}
	defer d.serveAdmin()()
	return d.run(ctx)
}

// daemon is parleyd between its start and its stop. The engine and the chat server may
// be restarted meanwhile; the HTTP server is started once.
type daemon struct {
	config   config
	logger   *slog.Logger
	front    *front
	private  net.Listener // nil if there is none
	handler  *chatHandler
	assets   *web.Assets
	greeting greeting
	metrics  *server.Metrics // nil without a private listener
	tracer   *server.Tracer  // nil if nothing is traced
	health   health

	serving bool       // the HTTP server is started
	served  chan error // gets what ended it
}

// run serves until ctx ends or the HTTP server fails. When the engine could not write
// and now can again, it restarts engine and chat server, and tries until that succeeds. At the
// start it waits for a NATS cluster that is electing its leaders.
func (d *daemon) run(ctx context.Context) error {
	begun := time.Now()
	for {
		engine, chat, err := d.open(ctx)
		if err == nil {
			if again, err := d.serve(ctx, engine, chat); !again {
				return err
			}
			continue
		}
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			d.logger.Info("stopped during the start", "error", err)
			return nil
		}
		switch {
		case d.serving:
			d.logger.Error("the restart failed; retrying", "error", err)
		case d.config.nats != "" && server.IsElecting(err) && time.Since(begun) < electWithin:
			d.logger.Warn("waiting for NATS to elect its leaders", "error", err)
		default:
			return err
		}
		select {
		case <-time.After(retryEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

// open starts the engine, and the chat server on it.
func (d *daemon) open(ctx context.Context) (*server.Engine, *server.Server, error) {
	o := d.config.engine()
	o.Logger = d.logger
	engine, err := server.StartEngine(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	chat, err := d.openChat(ctx, engine)
	if err != nil {
		return nil, nil, errors.Join(engine.Explain(err), closeEngine(engine))
	}
	return engine, chat, nil
}

// openChat makes the chat server, and on the first start the accounts that it needs:
// those of the demo, or the admin secret.
func (d *daemon) openChat(ctx context.Context, engine *server.Engine) (*server.Server, error) {
	c := d.config
	if err := wrongReserve(engine.CheckReserve()); err != nil {
		return nil, err
	}
	if err := server.UpgradeData(ctx, engine, d.logger); err != nil {
		return nil, err
	}
	if d.front.acme != nil {
		if err := d.front.acme.Use(ctx, engine); err != nil {
			return nil, err
		}
	}
	identity, err := c.openIdentity(ctx, engine)
	if err != nil {
		return nil, err
	}
	if c.demo {
		err = server.SeedDemo(ctx, identity)
	}
	if err == nil && (!c.demo || c.adminFile != "") {
		d.greeting.adminSecret, err = c.ensureAdmin(ctx, identity, d.logger)
	}
	if err != nil {
		return nil, err
	}
	if err := d.warnOfDemo(ctx, identity); err != nil {
		return nil, err
	}
	if d.greeting.anyApp, err = identity.AnyApp(ctx); err != nil {
		return nil, err
	}
	chat, err := server.New(ctx, engine, identity, server.Options{
		Limits: c.limits, Webhooks: c.webhooks, Metrics: d.metrics, Tracer: d.tracer, Slow: c.slow, Audit: c.audit, Logger: d.logger,
	})
	if err == nil && c.demo {
		err = chat.SeedDemoSettings(ctx)
	}
	if err == nil {
		d.keepBuild(ctx, engine)
	}
	return chat, err
}

// keepBuild keeps the files of this build, and has those of others served. Without it
// everything works but pages that were opened before an upgrade.
func (d *daemon) keepBuild(ctx context.Context, engine *server.Engine) {
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	kept, err := server.OpenBuilds(ctx, engine)
	if err == nil {
		err = d.assets.Remember(ctx, kept, d.logger)
	}
	if err != nil {
		d.logger.Warn("the files of this build are not kept for pages that will be open at an upgrade", "error", err)
	}
}

// warnOfDemo warns when a server that is not a demo has the data of one.
func (d *daemon) warnOfDemo(ctx context.Context, identity *server.Identity) error {
	there, err := server.HasDemo(ctx, identity)
	if there && !d.config.demo {
		d.logger.Warn("the data has the demo app, whose secret and passwords are public; use another folder for a real site")
	}
	return err
}

// serve runs the chat server until it has to end. again says that the engine could not
// write, and can when it is restarted.
func (d *daemon) serve(ctx context.Context, engine *server.Engine, chat *server.Server) (again bool, err error) {
	d.handler.use(chat.Handler())
	d.health.chat.Store(chat)
	if !d.serving {
		d.serving = true
		d.front.serve(ctx, d.served, d.logger)
		d.greeting.print(d.front, d.config)
	}
	select {
	case err = <-d.served:
		err = fmt.Errorf("serve: %w", err)
		d.stop(chat)
	case <-ctx.Done():
		d.logger.Info("stopping; press Ctrl-C again to stop at once")
		d.leave()
		d.stop(chat)
	case <-engine.Healed():
		d.health.chat.Store(nil)
		d.handler.use(nil)
		d.stopChat(chat)
		if err := closeEngine(engine); err != nil {
			d.logger.Warn("the engine that could not write did not stop cleanly", "error", err)
		}
		return true, nil
	}
	return false, errors.Join(err, closeEngine(engine))
}

// stop lets no new request in, while requests finish and WebSockets say goodbye.
func (d *daemon) stop(chat *server.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeWithin)
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() {
		if err := d.front.stop(ctx); err != nil {
			d.logger.Warn("some requests were cut off", "error", err)
		}
	})
	both.Go(func() { d.stopChat(chat) })
	both.Wait()
}

func (d *daemon) stopChat(chat *server.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeWithin)
	defer cancel()
	if err := chat.Close(ctx); err != nil {
		d.logger.Warn("some connections were cut off", "error", err)
	}
}

func closeEngine(engine *server.Engine) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	return engine.Close(ctx)
}
