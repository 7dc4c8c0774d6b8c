package chatlog

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
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

const (
	Stream        = "PARLEY_CHATS"
	SubjectPrefix = "parley.chat."

	headerNode  = "Parley-Node"  // who appended
	headerJoins = "Parley-Joins" // the user whom the entry brings into the chat
	headerEvent = "Parley-Event" // the entry's

	cacheBytes = 256 << 20 // of all folded chats in memory together, about
)

func subjectOf(k ids.Key) string { return SubjectPrefix + k.App + "." + k.ID }

// Log holds the chats: each is a subject of one JetStream stream, appended with
// the expected sequence, so that everybody sees one order. Folded chats are
// cached; the cache is never the truth.
type Log struct {
	engine      *store.Engine
	node        string
	logger      *slog.Logger
	cache       *lru.Cache[ids.Key, *cached]
	CachedBytes atomic.Int64 // bytes in the cache
	Hooks
}

// Hooks hears of entries.
type Hooks struct {
	// ahead is asked before each append, and what it gives is called after it; it
	// may refuse.
	Before   func(ctx context.Context, f *chatstate.Folded, e chat.Entry) (confirm func(), err error)
	OnEntry  func(key ids.Key, seq uint64, joinsUser string)                            // of each entry of any node, at least once
	Appended func(ctx context.Context, key ids.Key, event string, now *chatstate.State) // of each that this node appended, in the chat's order
	OnStored func(key ids.Key, event string, seq uint64)                                // of each entry of any node, as the stream tells of it
}

func Open(ctx context.Context, e *store.Engine, node string, chats int, logger *slog.Logger, listener Hooks) (*Log, error) {
	_, err := e.JS.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: Stream, Description: "every chat's log", Subjects: []string{SubjectPrefix + ">"},
		Storage: jetstream.FileStorage, AllowDirect: true, Replicas: e.Replicas,
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", Stream, err)
	}
	l := &Log{engine: e, node: node, logger: logger, Hooks: listener}
	l.cache, err = lru.NewWithEvict(chats, func(_ ids.Key, f *cached) {
		f.evicted.Store(true)
		l.CachedBytes.Add(-f.bytes.Swap(0))
	})
	return l, err
}

// Act says whose request an entry comes from. A request that the log has
// already is not carried out again.
type Act struct {
	By    string // user id, or chat.System
	ID    string // the request's id, "" if it has none
	Event string // of the entry that it makes
}

// Outcome is what became of an append.
type Outcome struct {
	Record chatstate.Record // the entry, made now or when the request came first; zero if there was nothing to do
	State  chatstate.State  // the chat as of now
}

// ErrNothing is how a build says that there is nothing to append.
var ErrNothing = errors.New("nothing to append")

// Append adds the entry that build makes from the chat as it stands; on a
// conflict build is asked again. A request that the log has gets its entry of
// then. Refusals are build's own, 404 for a chat that is not there, 409 for an
// id used for something else, 503 when the log cannot be written, and 504 when it
// may have been.
func (l *Log) Append(ctx context.Context, key ids.Key, a Act, build func(*chatstate.Folded) (wire.Raw, error)) (Outcome, error) {
	f := l.cached(key)
	if err := f.lock(ctx); err != nil {
		return Outcome{}, err
	}
	defer f.unlock()
	for try := range store.Tries {
		if err := l.refresh(ctx, f); err != nil {
			return Outcome{}, err
		}
		if r, done := f.RecordOf(a.By, a.ID); done {
			if r.Event != a.Event {
				return Outcome{}, wire.Errorf(wire.CodeConflict, "id %q was used for %s before", a.ID, r.Event)
			}
			return Outcome{r, f.Snapshot()}, nil
		}
		if f.Seq == 0 && a.Event != chat.EventCreate {
			return Outcome{}, ErrUnknownChat(key.ID)
		}
		data, err := build(f.Folded)
		if errors.Is(err, ErrNothing) {
			return Outcome{State: f.Snapshot()}, nil
		}
		if err != nil {
			return Outcome{}, err
		}
		e := chat.Entry{Event: a.Event, EventID: a.ID, By: a.By, Data: data}
		confirm, err := l.Before(ctx, f.Folded, e)
		if err != nil {
			return Outcome{}, err
		}
		e.Seq, err = l.publish(ctx, f, e)
		switch {
		case store.IsConflict(err): // another node was first
			f.stale.Store(true)
			store.Pause(ctx, try)
		case store.IsRefused(err):
			l.logger.Error("log: append", "chat", key.ID, "event", e.Event, "error", err)
			return Outcome{}, ids.ErrUnavailable("the chat's log cannot be written now")
		case err != nil:
			// The entry may be in the log all the same: a repeated request will find it.
			f.stale.Store(true)
			l.logger.Error("log: append not confirmed", "chat", key.ID, "event", e.Event, "error", err)
			return Outcome{}, wire.Errorf(wire.CodeUnsure, "the chat's log has not confirmed it; try again")
		default:
			l.applied(f, e, time.Now())
			l.OnEntry(key, e.Seq, chatstate.JoiningUser(e))
			confirm()
			o := Outcome{f.Latest(), f.Snapshot()}
			l.Appended(ctx, key, e.Event, &o.State)
			return o, nil
		}
	}
	return Outcome{}, ids.ErrUnavailable("too many others write to the chat at the same time")
}

// Has tells whether a user's request was carried out before, as far as this node
// knows.
func (l *Log) Has(ctx context.Context, key ids.Key, by, id string) bool {
	f, _, err := l.View(ctx, key, 0)
	return err == nil && f.HasRecordOf(by, id)
}

// View gives a chat that has at least the given position; 0 means as it is known.
func (l *Log) View(ctx context.Context, key ids.Key, atLeast uint64) (*chatstate.Folded, chatstate.State, error) {
	f := l.cached(key)
	f.notify(atLeast)
	if now := f.Snapshot(); !f.behind(now.Seq) {
		return f.Folded, now, nil
	}
	if err := f.lock(ctx); err != nil {
		return nil, chatstate.State{}, err
	}
	defer f.unlock()
	if err := l.refresh(ctx, f); err != nil {
		return nil, chatstate.State{}, err
	}
	if f.Seq == 0 {
		return nil, chatstate.State{}, ErrUnknownChat(key.ID)
	}
	return f.Folded, f.Snapshot(), nil
}

// Answers asks whether the store of the log answers.
func (l *Log) Ping(ctx context.Context) error {
	_, err := l.engine.JS.Stream(ctx, Stream)
	return err
}

// Latest is View of what the log has by now, whatever was heard of it.
func (l *Log) ViewLatest(ctx context.Context, key ids.Key) (*chatstate.Folded, chatstate.State, error) {
	l.cached(key).stale.Store(true)
	return l.View(ctx, key, 0)
}

// cached gives the chat in the cache, which may still have to be read.
func (l *Log) cached(key ids.Key) *cached {
	if f, there := l.cache.Get(key); there {
		return f
	}
	f := newCached(key)
	if old, there, _ := l.cache.PeekOrAdd(key, f); there {
		return old
	}
	return f
}

// notify notes that the log has a position, for who looks at the chat next.
func (l *Log) notify(key ids.Key, seq uint64) {
	if f, there := l.cache.Peek(key); there {
		f.notify(seq)
	}
}

// refresh reads what the log has more; called in turn.
func (l *Log) refresh(ctx context.Context, f *cached) error {
	for try := 0; f.behind(f.Seq); try++ {
		if try == store.Tries {
			return ids.ErrUnavailable("the chat's log lags behind")
		}
		if try > 0 {
			store.Pause(ctx, try)
		}
		err := l.read(ctx, f.Key, f.Seq+1, func(e chat.Entry, at time.Time) { l.applied(f, e, at) })
		if err != nil {
			l.logger.Error("log: read", "chat", f.Key.ID, "error", err)
			return ids.ErrUnavailable("the chat's log cannot be read now")
		}
		f.stale.Store(false)
		if f.Seq == 0 && f.known.Load() == 0 {
			return nil // there is no such chat
		}
	}
	return nil
}

func (l *Log) applied(f *cached, e chat.Entry, at time.Time) {
	if err := f.Apply(e, at); err != nil {
		l.logger.Error("log: an entry makes no sense", "chat", f.Key.ID, "seq", e.Seq, "error", err)
	}
	f.notify(e.Seq)
	const overhead = 300
	size := int64(len(e.Data) + overhead)
	f.bytes.Add(size)
	l.CachedBytes.Add(size)
	if f.evicted.Load() { // only who uses it right now still has it
		l.CachedBytes.Add(-f.bytes.Swap(0))
	}
	// Chats that are large or many make room, the longest unused first.
	for l.CachedBytes.Load() > cacheBytes && l.cache.Len() > 1 {
		l.cache.RemoveOldest()
	}
}

func (l *Log) publish(ctx context.Context, f *cached, e chat.Entry) (uint64, error) {
	msg := nats.NewMsg(subjectOf(f.Key))
	msg.Data = e.Append(nil)
	msg.Header.Set(headerNode, l.node)
	msg.Header.Set(headerEvent, e.Event)
	if id := chatstate.JoiningUser(e); id != "" {
		msg.Header.Set(headerJoins, id)
	}
	ack, err := l.engine.JS.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(f.Seq))
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

func ErrUnknownChat(id string) error {
	return wire.Errorf(wire.CodeNotFound, "unknown chat %q", id)
}
