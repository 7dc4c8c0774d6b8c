package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/core/wire"
)

const (
	logStream  = "PARLEY_CHATS"
	logSubject = "parley.chat."

	headerNode  = "Parley-Node"  // who appended
	headerJoins = "Parley-Joins" // the user whom the entry brings into the chat
	headerEvent = "Parley-Event" // the entry's

	cacheBytes = 256 << 20 // of all folded chats in memory together, about
)

func subject(k chatKey) string { return logSubject + k.app + "." + k.id }

// Log holds the chats: each is a subject of one JetStream stream, appended with
// the expected sequence, so that everybody sees one order. Folded chats are
// cached; the cache is never the truth.
type Log struct {
	engine *Engine
	node   string
	logger *slog.Logger
	cache  *lru.Cache[chatKey, *cached]
	held   atomic.Int64 // bytes in the cache
	logListener
}

// logListener hears of entries.
type logListener struct {
	// ahead is asked before each append, and what it gives is called after it; it
	// may refuse.
	ahead   func(ctx context.Context, f *folded, e chat.Entry) (confirm func(), err error)
	told    func(key chatKey, seq uint64, joinsUser string)                  // of each entry of any node, at least once
	changed func(ctx context.Context, key chatKey, event string, now *state) // of each that this node appended, in the chat's order
	stored  func(key chatKey, event string, seq uint64)                      // of each entry of any node, as the stream tells of it
}

func openLog(ctx context.Context, e *Engine, node string, chats int, logger *slog.Logger, listener logListener) (*Log, error) {
	_, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: logStream, Description: "every chat's log", Subjects: []string{logSubject + ">"},
		Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", logStream, err)
	}
	l := &Log{engine: e, node: node, logger: logger, logListener: listener}
	l.cache, err = lru.NewWithEvict(chats, func(_ chatKey, f *cached) {
		f.evicted.Store(true)
		l.held.Add(-f.bytes.Swap(0))
	})
	return l, err
}

// act says whose request an entry comes from. A request that the log has
// already is not carried out again.
type act struct {
	by    string // user id, or chat.System
	id    string // the request's id, "" if it has none
	event string // of the entry that it makes
}

// outcome is what became of an append.
type outcome struct {
	record record // the entry, made now or when the request came first; zero if there was nothing to do
	state  state  // the chat as of now
}

// errNothing is how a build says that there is nothing to append.
var errNothing = errors.New("nothing to append")

// Append adds the entry that build makes from the chat as it stands; on a
// conflict build is asked again. A request that the log has gets its entry of
// then. Refusals are build's own, 404 for a chat that is not there, 409 for an
// id used for something else, 503 when the log cannot be written, and 504 when it
// may have been.
func (l *Log) Append(ctx context.Context, key chatKey, a act, build func(*folded) (wire.Raw, error)) (outcome, error) {
	f := l.cached(key)
	if err := f.lock(ctx); err != nil {
		return outcome{}, err
	}
	defer f.unlock()
	for try := range appendTries {
		if err := l.refresh(ctx, f); err != nil {
			return outcome{}, err
		}
		if r, done := f.done(a.by, a.id); done {
			if r.Event != a.event {
				return outcome{}, wire.Errorf(wire.CodeConflict, "id %q was used for %s before", a.id, r.Event)
			}
			return outcome{r, f.snapshot()}, nil
		}
		if f.seq == 0 && a.event != chat.EventCreate {
			return outcome{}, errUnknownChat(key.id)
		}
		data, err := build(f.folded)
		if errors.Is(err, errNothing) {
			return outcome{state: f.snapshot()}, nil
		}
		if err != nil {
			return outcome{}, err
		}
		e := chat.Entry{Event: a.event, EventID: a.id, By: a.by, Data: data}
		confirm, err := l.ahead(ctx, f.folded, e)
		if err != nil {
			return outcome{}, err
		}
		e.Seq, err = l.publish(ctx, f, e)
		switch {
		case isConflict(err): // another node was first
			f.stale.Store(true)
			pause(ctx, try)
		case isRefused(err):
			l.logger.Error("log: append", "chat", key.id, "event", e.Event, "error", err)
			return outcome{}, errUnavailable("the chat's log cannot be written now")
		case err != nil:
			// The entry may be in the log all the same: a repeated request will find it.
			f.stale.Store(true)
			l.logger.Error("log: append not confirmed", "chat", key.id, "event", e.Event, "error", err)
			return outcome{}, wire.Errorf(wire.CodeUnsure, "the chat's log has not confirmed it; try again")
		default:
			l.applied(f, e, time.Now())
			l.told(key, e.Seq, joining(e))
			confirm()
			o := outcome{f.latest(), f.snapshot()}
			l.changed(ctx, key, e.Event, &o.state)
			return o, nil
		}
	}
	return outcome{}, errUnavailable("too many others write to the chat at the same time")
}

// Has tells whether a user's request was carried out before, as far as this node
// knows.
func (l *Log) Has(ctx context.Context, key chatKey, by, id string) bool {
	f, _, err := l.View(ctx, key, 0)
	return err == nil && f.did(by, id)
}

// View gives a chat that has at least the given position; 0 means as it is known.
func (l *Log) View(ctx context.Context, key chatKey, atLeast uint64) (*folded, state, error) {
	f := l.cached(key)
	f.hear(atLeast)
	if now := f.snapshot(); !f.behind(now.seq) {
		return f.folded, now, nil
	}
	if err := f.lock(ctx); err != nil {
		return nil, state{}, err
	}
	defer f.unlock()
	if err := l.refresh(ctx, f); err != nil {
		return nil, state{}, err
	}
	if f.seq == 0 {
		return nil, state{}, errUnknownChat(key.id)
	}
	return f.folded, f.snapshot(), nil
}

// Answers asks whether the store of the log answers.
func (l *Log) Answers(ctx context.Context) error {
	_, err := l.engine.JS.Stream(ctx, logStream)
	return err
}

// Latest is View of what the log has by now, whatever was heard of it.
func (l *Log) Latest(ctx context.Context, key chatKey) (*folded, state, error) {
	l.cached(key).stale.Store(true)
	return l.View(ctx, key, 0)
}

// cached gives the chat in the cache, which may still have to be read.
func (l *Log) cached(key chatKey) *cached {
	if f, there := l.cache.Get(key); there {
		return f
	}
	f := newCached(key)
	if old, there, _ := l.cache.PeekOrAdd(key, f); there {
		return old
	}
	return f
}

// heard notes that the log has a position, for who looks at the chat next.
func (l *Log) heard(key chatKey, seq uint64) {
	if f, there := l.cache.Peek(key); there {
		f.hear(seq)
	}
}

// refresh reads what the log has more; called in turn.
func (l *Log) refresh(ctx context.Context, f *cached) error {
	for try := 0; f.behind(f.seq); try++ {
		if try == appendTries {
			return errUnavailable("the chat's log lags behind")
		}
		if try > 0 {
			pause(ctx, try)
		}
		err := l.read(ctx, f.key, f.seq+1, func(e chat.Entry, at time.Time) { l.applied(f, e, at) })
		if err != nil {
			l.logger.Error("log: read", "chat", f.key.id, "error", err)
			return errUnavailable("the chat's log cannot be read now")
		}
		f.stale.Store(false)
		if f.seq == 0 && f.known.Load() == 0 {
			return nil // there is no such chat
		}
	}
	return nil
}

func (l *Log) applied(f *cached, e chat.Entry, at time.Time) {
	if err := f.apply(e, at); err != nil {
		l.logger.Error("log: an entry makes no sense", "chat", f.key.id, "seq", e.Seq, "error", err)
	}
	f.hear(e.Seq)
	const overhead = 300
	size := int64(len(e.Data) + overhead)
	f.bytes.Add(size)
	l.held.Add(size)
	if f.evicted.Load() { // only who uses it right now still has it
		l.held.Add(-f.bytes.Swap(0))
	}
	// Chats that are large or many make room, the longest unused first.
	for l.held.Load() > cacheBytes && l.cache.Len() > 1 {
		l.cache.RemoveOldest()
	}
}

func (l *Log) publish(ctx context.Context, f *cached, e chat.Entry) (uint64, error) {
	msg := nats.NewMsg(subject(f.key))
	msg.Data = e.Append(nil)
	msg.Header.Set(headerNode, l.node)
	msg.Header.Set(headerEvent, e.Event)
	if id := joining(e); id != "" {
		msg.Header.Set(headerJoins, id)
	}
	ack, err := l.engine.JS.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(f.seq))
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

func errUnknownChat(id string) error {
	return wire.Errorf(wire.CodeNotFound, "unknown chat %q", id)
}
