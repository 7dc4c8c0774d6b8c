package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options says where the data is.
type Options struct {
	// Dir is the folder of the embedded engine's data; it is made when missing.
	// Not used with URL.
	Dir string
	// URL is a NATS server with JetStream, or several joined by commas. Empty
	// runs an engine inside the process.
	URL string
	// Replicas is the number of copies a NATS cluster keeps of everything.
	// Defaults to 1; more needs a URL.
	Replicas int
	// SyncAlways has the embedded engine force each write to the disk before it is
	// acknowledged, so that it also survives a loss of power. Without it a write is
	// with the operating system, which a kill of the process does not touch, and on
	// the disk within two minutes. A NATS server has a setting of its own for that.
	SyncAlways bool
	// Logger takes the engine's own log, at debug level but for what an operator
	// must see. Defaults to no log.
	Logger *slog.Logger
}

// Engine is the store and the fan-out that everything stands on: NATS with
// JetStream, inside the process or reached by URL.
type Engine struct {
	NC       *nats.Conn
	JS       jetstream.JetStream
	Replicas int // copies of each stream and bucket

	embedded *embedded // nil with a URL
	closed   chan struct{}
}

// Start starts the embedded engine with its data under Dir, or connects to
// URL when one is given. It makes no stream and no bucket. The error names the
// folder or the address, and says what to do.
func Start(ctx context.Context, o Options) (*Engine, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.Replicas < 0 || o.Replicas > 5 {
		return nil, fmt.Errorf("replicas: %d is not between 1 and 5", o.Replicas)
	}
	e := &Engine{Replicas: o.Replicas, closed: make(chan struct{})}
	settings := []nats.Option{
		nats.Name("parleyd"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(250*time.Millisecond, time.Second),
		nats.DrainTimeout(5 * time.Second),
		nats.ClosedHandler(func(*nats.Conn) { close(e.closed) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			level := slog.LevelError
			if errors.Is(err, nats.ErrConsumerNotFound) {
				level = slog.LevelDebug // a watch that was stopped is tidied up twice
			}
			o.Logger.Log(context.Background(), level, "engine: asynchronous error", "error", err)
		}),
	}
	var err error
	if o.URL == "" {
		err = e.startEmbedded(o, settings)
	} else {
		err = e.dial(ctx, o, settings)
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Engine) startEmbedded(o Options, settings []nats.Option) (err error) {
	if e.Replicas != 1 {
		return errors.New("replicas: the embedded engine keeps one copy; more need a NATS cluster, given by its URL")
	}
	e.embedded, err = startEmbedded(o.Dir, o.SyncAlways, o.Logger)
	if err != nil {
		return err
	}
	e.NC, err = nats.Connect("", append(settings, nats.InProcessServer(e.embedded.server))...)
	if err == nil {
		e.JS, err = jetstream.New(e.NC)
	}
	if err == nil {
		err = e.embedded.checkRecovered(e.JS)
	}
	if err != nil {
		if e.NC != nil {
			e.NC.Close()
		}
		e.embedded.stop()
	}
	return err
}

func (e *Engine) dial(ctx context.Context, o Options, settings []nats.Option) (err error) {
	name := redacted(o.URL)
	settings = append(settings,
		nats.Timeout(5*time.Second),
		nats.ReconnectBufSize(-1), // what cannot be sent fails at once, and is not sent later
		nats.PingInterval(5*time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // nil is our own closing
				o.Logger.Warn("engine: connection lost, trying again", "url", name, "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { o.Logger.Info("engine: connected again", "url", name) }),
	)
	if e.NC, err = nats.Connect(o.URL, settings...); err != nil {
		if unreadable := new(url.Error); errors.As(err, &unreadable) {
			err = unreadable.Err // without the address, which may hold a password
		}
		return fmt.Errorf("cannot connect to NATS at %s: %w; is it running, and are the address and the credentials right?", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if e.JS, err = jetstream.New(e.NC); err == nil {
		_, err = e.JS.AccountInfo(ctx)
	}
	if err != nil {
		e.NC.Close()
		return fmt.Errorf("the NATS server at %s does not offer JetStream: %w; start it with -js", name, err)
	}
	return nil
}

// Explain adds to an error what the embedded engine has complained of, as of a full
// disk, and what to do about it.
func (e *Engine) Explain(err error) error {
	if e.embedded == nil || e.embedded.log.quiet() {
		return err
	}
	return fmt.Errorf("%w; the engine in the folder %s said: %s; %s", err, e.embedded.dir, e.embedded.log.said(), checkDisk)
}

// Close drains the connection, so that what is under way gets done, and stops
// the embedded engine. It returns at the latest shortly after ctx ends. The
// engine cannot be used afterwards; closing it again does nothing.
func (e *Engine) Close(ctx context.Context) error {
	err := e.NC.Drain()
	if errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrConnectionDraining) || errors.Is(err, nats.ErrConnectionReconnecting) {
		err = nil // there is nothing to drain; what could not be sent was refused
	}
	select {
	case <-e.closed:
	case <-ctx.Done():
		e.NC.Close()
		err = errors.Join(err, fmt.Errorf("engine: not drained: %w", ctx.Err()))
	}
	if e.embedded != nil {
		e.embedded.stop()
	}
	return err
}

// redacted is the URL without its password, for messages and logs.
func redacted(urls string) string {
	parts := strings.Split(urls, ",")
	for n, part := range parts {
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil || u.User != nil && u.Host == "" {
			parts[n] = "(an address that cannot be read)"
			continue
		}
		parts[n] = u.Redacted()
	}
	return strings.Join(parts, ",")
}
