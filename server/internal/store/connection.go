package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go"
)

// connectionLog tells an operator about the connection to NATS servers. The library calls
// its handlers one after the other.
type connectionLog struct {
	to   *slog.Logger
	name string // of the servers, without secrets
	last string // why there is no connection
	link *link
}

func (l *connectionLog) options() []nats.Option {
	return []nats.Option{
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			l.link.lost()
			if err != nil { // nil: we closed it
				l.to.Warn("engine: connection lost, reconnecting", "url", l.name, "error", err)
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { l.stillWithout(err) }),
		nats.ReconnectHandler(func(*nats.Conn) {
			l.last = ""
			l.to.Info("engine: reconnected", "url", l.name)
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if isRefused(err) {
				l.stillWithout(err)
				return
			}
			logAsynchronous(l.to, err)
		}),
	}
}

// stillWithout logs why there is no connection again, if it is another reason than before:
// there are several attempts each second.
func (l *connectionLog) stillWithout(err error) {
	if why := explainDial(l.name, err).Error(); why != l.last {
		l.last = why
		l.to.Warn("engine: not reconnected yet", "error", why)
	}
}

func logAsynchronous(to *slog.Logger, err error) {
	level := slog.LevelError
	if errors.Is(err, nats.ErrConsumerNotFound) {
		level = slog.LevelDebug // stopping a watch removes its consumer twice
	}
	to.Log(context.Background(), level, "engine: asynchronous error", "error", err)
}

// link is a connection to NATS until it is lost.
type link struct {
	mu  sync.Mutex
	now context.Context
	end context.CancelFunc
}

// lost ends the link, for those who wait for an answer on it; what comes then is for the next.
func (l *link) lost() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.end != nil {
		l.end()
	}
	l.now, l.end = context.WithCancel(context.Background())
}

// Linked gives a context for a request to another node. It ends with ctx, and when the
// connection to NATS is lost: no answer would come then.
func (e *Engine) Linked(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	e.link.mu.Lock()
	defer e.link.mu.Unlock()
	if e.link.now == nil { // the engine runs in this process
		return ctx, cancel
	}
	detach := context.AfterFunc(e.link.now, cancel)
	return ctx, func() { detach(); cancel() }
}
