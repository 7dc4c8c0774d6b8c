package chatlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/store"
	"parley/server/internal/tracing"
)

const (
	headerNode  = "Parley-Node"  // the node that appended the entry
	headerJoins = "Parley-Joins" // the user whom the entry brings into the chat
	headerEvent = "Parley-Event" // the entry's event

	// HeaderTrace names the span that appended the entry, if it was sampled.
	HeaderTrace = "Parley-Traceparent"
)

// Log appends to the chats' logs and reads them. The contract is in the package's
// comment.
type Log struct {
	engine      *store.Engine
	parts       []part       // the streams
	answered    atomic.Int64 // the one that has answered Ping last
	publisher   *store.Publisher
	positions   *store.Positions
	node        string
	logger      *slog.Logger
	turns       *limit.Turns
	entering    sync.Mutex                   // guards that a chat is in one of the next two
	cache       *lru.Cache[ids.Key, *cached] // chats of which an entry is known
	unproven    *lru.Cache[ids.Key, *cached] // ids that have been asked for, and may be those of none
	large       *lru.Cache[ids.Key, *cached] // those of the cache that are large
	cachedBytes atomic.Int64                 // about how much memory the cached chats take
	briefs      *briefs                      // of those that the cache has dropped
	following   following
	deadlines   atomic.Uint64 // grows when what deadlines depend on besides the logs has changed
	Hooks
}

// Hooks are called with the entries of all chats. All but Confirmed must be set.
type Hooks struct {
	// Order gives the Order of the next entry that is indexed.
	Order func() uint64

	// BeforeAppend lets routing store when the chat will need the server, so that
	// what has to follow an entry follows even if this node dies right after the
	// append. It is called before each attempt to append, with the chat's lock held;
	// its error ends the append, and nothing is stored. confirm is called once the
	// entry is stored. A message only puts deadlines off, unless the chat's expiry has
	// been announced: for messages it is not called again as long as DeadlinesChanged
	// is not.
	BeforeAppend func(ctx context.Context, f *chatstate.Folded, next chatstate.Next) (confirm func(), err error)

	// Indexed has the events of the entries for which Appended and OnStored are called.
	Indexed map[string]bool

	// Appended lets routing bring its index up to date. It is called once for each
	// indexed entry that this node knows to have appended, in the chat's order, with the
	// chat's lock held: it must not append to the same chat.
	Appended func(ctx context.Context, key ids.Key, event string, now *chatstate.State)

	// Confirmed is called when the stream has confirmed what was published in one go, or
	// has failed to; nil if nobody wants to know.
	Confirmed func(took time.Duration, err error)

	// OnEntry lets gateway push entries to its connections. It is called at least once for
	// each entry of any node, without the entry. joinsUser is the user whom it brings
	// into the chat, "" if it brings nobody or the hook was called with them before.
	OnEntry func(key ids.Key, seq uint64, joinsUser string)

	// OnStored lets routing check that the node that appended an entry has brought the
	// index up to date. It is called at least once for each indexed entry of any node
	// when it is stored.
	OnStored func(key ids.Key, event string, seq uint64)
}

// Open makes sure that the streams exist, and gives their log. The node's name must
// be unique among those that share the engine. At most so many chats are cached.
func Open(ctx context.Context, e *store.Engine, node string, chats int, logger *slog.Logger, hooks Hooks) (*Log, error) {
	streams, err := openStreams(ctx, e)
	if err != nil {
		return nil, err
	}
	l := &Log{engine: e, publisher: store.NewPublisher(e), node: node, logger: logger, turns: limit.NewTurns(readsAtOnce), briefs: newBriefs(), Hooks: hooks}
	over := make([]string, len(streams))
	for n := range streams {
		l.parts = append(l.parts, partOf(n))
		over[n] = l.parts[n].prefix + passedOver
	}
	if l.positions, err = e.Positions(ctx, streams, over); err != nil {
		return nil, err
	}
	l.DeadlinesChanged() // no chat has any stored yet
	if l.cache, err = lru.NewWithEvict(chats, l.evicted); err != nil {
		return nil, err
	}
	if l.unproven, err = lru.New[ids.Key, *cached](maxUnproven); err != nil {
		return nil, err
	}
	if l.large, err = lru.New[ids.Key, *cached](chats); err != nil {
		return nil, err
	}
	l.following.mu.Lock()
	defer l.following.mu.Unlock()
	l.following.alone = e.Share(l.notAlone)
	return l, nil
}

// Act says whose request an entry comes from.
type Act struct {
	By    string // user id, or chat.System
	ID    string // the request's id, "" if it has none: then it may be carried out twice
	Event string // of the entry that it makes
}

// Outcome is the result of an append.
type Outcome struct {
	Record chatstate.Record // the request's entry, appended now or earlier; zero if there was nothing to append
	State  chatstate.State  // the chat as of now
}

// ErrNothing is returned by a build when there is nothing to append.
var ErrNothing = errors.New("nothing to append")

// Append adds the entry whose data build makes from the chat as it stands. It asks
// build again when another node has appended meanwhile; build must not append to
// the same chat. Errors are those of build, or
//
//	404  the chat does not exist
//	409  the request's id was used for another event
//	503  the log cannot be written or read now, or the chat is busy; nothing was stored
//	504  the log has not confirmed the entry, which may be stored
func (l *Log) Append(ctx context.Context, key ids.Key, a Act, build func(*chatstate.Folded) (wire.Raw, error)) (o Outcome, err error) {
	ctx, span := tracing.Step(ctx, "log append")
	defer func() { span.End(err) }()
	f := l.cached(key)
	if err := l.take(ctx, f); err != nil {
		return Outcome{}, err
	}
	defer f.unlock()
	return l.appendLocked(ctx, f, a, build)
}

// appendLocked is Append for a caller who holds the chat's lock.
func (l *Log) appendLocked(ctx context.Context, f *cached, a Act, build func(*chatstate.Folded) (wire.Raw, error)) (Outcome, error) {
	for try := range store.Tries {
		if err := l.refresh(ctx, f); err != nil {
			return Outcome{}, err
		}
		if r, found := f.RecordOf(a.By, a.ID); found {
			if r.Event != a.Event {
				return Outcome{}, wire.Errorf(wire.IDReused, "id %q was used for %s before", a.ID, r.Event)
			}
			return Outcome{r, f.Snapshot()}, nil
		}
		if f.Seq == 0 && a.Event != chat.EventCreate || f.Removed {
			return Outcome{}, ErrUnknownChat(f.Key.ID)
		}
		data, err := build(f.Folded)
		if errors.Is(err, ErrNothing) {
			return Outcome{State: f.Snapshot()}, nil
		}
		if err != nil {
			return Outcome{}, err
		}
		o, err := l.appendEntry(ctx, f, chat.Entry{Event: a.Event, EventID: a.ID, By: a.By, Data: data})
		if err == nil || !store.IsConflict(err) {
			return o, err
		}
		f.stale.Store(true) // another node was first
		store.Pause(ctx, try)
	}
	return Outcome{}, errBusy
}

var errBusy = ids.ErrUnavailable("too many others write to the chat at the same time")

// appendEntry tries once to append an entry to the chat as it stands.
func (l *Log) appendEntry(ctx context.Context, f *cached, e chat.Entry) (Outcome, error) {
	if l.Indexed[e.Event] {
		e.Order = l.Order()
	}
	next, deadlines, confirm := f.Next(e), l.deadlines.Load(), func() {}
	if l.hasBefore(f, e.Event) {
		var err error
		before, span := tracing.Step(ctx, "deadline")
		confirm, err = l.BeforeAppend(before, f.Folded, next)
		if span.End(err); err != nil {
			return Outcome{}, err
		}
	}
	seqs, err := l.publish(ctx, f, next.JoiningUser, e)
	if err != nil {
		return Outcome{}, l.notAppended(f, e.Event, err)
	}
	l.apply(f, next, seqs[0], time.Now())
	l.OnEntry(f.Key, seqs[0], next.JoiningUser)
	confirm()
	if next.Err == nil { // else BeforeAppend had nothing to go by
		f.deadlines = deadlines
	}
	o := Outcome{f.Latest(), f.Snapshot()}
	if l.Indexed[e.Event] {
		l.Appended(ctx, f.Key, e.Event, &o.State)
		if !l.following.started.Load() { // else the stream tells
			l.OnStored(f.Key, e.Event, seqs[0])
		}
	}
	return o, nil
}

// hasBefore tells whether BeforeAppend is called for an entry.
func (l *Log) hasBefore(f *cached, event string) bool {
	return event != chat.EventMessage || f.Alerted || f.deadlines != l.deadlines.Load()
}

// notAppended gives the error of an append that the stream has not confirmed. A conflict
// stays as it is.
func (l *Log) notAppended(f *cached, event string, err error) error {
	switch {
	case errors.Is(err, store.ErrBroken):
		go l.notAlone() // the stream tells of those that are stored
		return err
	case store.IsConflict(err):
		return err
	case store.IsRefused(err):
		l.logger.Error("log: append", "chat", f.Key.ID, "event", event, "error", err)
		return ids.ErrUnavailable("the chat's log cannot be written now")
	}
	// The entry may be stored all the same: the same request again will find it.
	f.stale.Store(true)
	go l.notAlone() // then the stream tells
	l.logger.Error("log: append not confirmed", "chat", f.Key.ID, "event", event, "error", err)
	return wire.Errorf(wire.Unconfirmed, "the chat's log has not confirmed it; try again")
}

// DeadlinesChanged says that deadlines may be earlier than BeforeAppend has stored, as
// when an app has changed its settings.
func (l *Log) DeadlinesChanged() { l.deadlines.Add(1) }

// publish stores entries that follow the chat as it stands, as Publisher.Publish does.
func (l *Log) publish(ctx context.Context, f *cached, joiningUser string, entries ...chat.Entry) (seqs []uint64, err error) {
	ctx, span := tracing.Step(ctx, "jetstream publish")
	defer func() { span.End(err) }()
	span.Number("parley.entries", len(entries))
	trace := tracing.Traceparent(ctx)
	_, subject := l.find(f.Key)
	messages := make([]*nats.Msg, len(entries))
	for i, e := range entries {
		msg := nats.NewMsg(subject)
		msg.Data = e.Append(nil)
		msg.Header.Set(headerNode, l.node)
		msg.Header.Set(headerEvent, e.Event)
		if joiningUser != "" {
			msg.Header.Set(headerJoins, joiningUser)
		}
		if trace != "" {
			msg.Header.Set(HeaderTrace, trace)
		}
		messages[i] = msg
	}
	messages[0].Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(f.Seq, 10))
	began := time.Now()
	if l.engine.Replicas > 1 && entries[0].EventID != "" {
		seqs, err = l.publishUntilConfirmed(ctx, f, messages[0]) // there are no others, see entriesOf
	} else {
		seqs, err = l.publisher.Publish(ctx, messages...)
	}
	if len(seqs) > 0 {
		if unsafe := l.positions.Reached(l.placeOf(f.Key), seqs[len(seqs)-1]); unsafe != nil {
			seqs, err = nil, fmt.Errorf("position %d: %w", seqs[len(seqs)-1], unsafe)
		}
	}
	if l.Confirmed != nil {
		l.Confirmed(time.Since(began), err)
	}
	return seqs, err
}

// Has tells whether a user's request was carried out before, as far as this node
// knows.
func (l *Log) Has(ctx context.Context, key ids.Key, by, id string) bool {
	f, _, err := l.View(ctx, key, 0)
	return err == nil && f.HasRecordOf(by, id)
}

// View gives a chat at the given position or a later one; 0 means as far as this
// node knows it. 404 if the chat does not exist, 503 if the log cannot be read now.
func (l *Log) View(ctx context.Context, key ids.Key, atLeast uint64) (*chatstate.Folded, chatstate.State, error) {
	f := l.cached(key)
	if now, current := f.current(atLeast); current && !now.Removed {
		return f.Folded, now, nil
	}
	if err := l.take(ctx, f); err != nil {
		return nil, chatstate.State{}, err
	}
	defer f.unlock()
	now := f.Snapshot()
	if now.Seq == 0 || now.Removed {
		return nil, chatstate.State{}, ErrUnknownChat(key.ID)
	}
	return f.Folded, now, nil
}

// Cached gives what View would give, unless View would have to read the log.
func (l *Log) Cached(key ids.Key, atLeast uint64) (now chatstate.State, ok bool) {
	return l.cached(key).current(atLeast)
}

// ViewLatest is View of all that the log has by now, even what this node has not
// been notified of.
func (l *Log) ViewLatest(ctx context.Context, key ids.Key) (*chatstate.Folded, chatstate.State, error) {
	l.cached(key).stale.Store(true)
	return l.View(ctx, key, 0)
}

// ViewFor is View for somebody who says that they have an entry, which the log may not have:
// it gives the chat with that entry if there is one, however far this node is behind.
func (l *Log) ViewFor(ctx context.Context, key ids.Key, seen uint64) (*chatstate.Folded, chatstate.State, error) {
	f, now, err := l.View(ctx, key, 0)
	if err != nil || seen <= now.Seq {
		return f, now, err
	}
	stream, subject := l.find(key)
	last, err := store.LastPosition(ctx, l.engine, stream, subject)
	if err != nil {
		l.logger.Error("log: read", "chat", key.ID, "error", err)
		return nil, chatstate.State{}, ids.ErrUnavailable("the chat's log cannot be read now")
	}
	return l.View(ctx, key, last)
}

// ErrUnknownChat is the 404 for a chat that does not exist.
func ErrUnknownChat(id string) error {
	return wire.Errorf(wire.UnknownChat, "unknown chat %q", id)
}
