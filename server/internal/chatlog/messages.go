package chatlog

import (
	"context"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
	"parley/server/internal/tracing"
)

// Message is one of several messages that are appended to a chat together.
type Message struct {
	Act
	// Build makes the data of the entry, as for Append. So many of the messages go
	// before it that the chat does not have yet.
	Build func(f *chatstate.Folded, earlier int) (wire.Raw, error)
}

// Appended is what came of a Message.
type Appended struct {
	Record chatstate.Record // its entry, appended now or earlier; zero with an error
	Err    error
}

// AppendMessages appends messages in their order, with the results that Append would
// have for one after the other; but it does not wait for one until it publishes the
// next. After an error for which the client has to ask again it ends: there are no
// results for the messages behind that one, which may be stored only if the error is 504.
func (l *Log) AppendMessages(ctx context.Context, key ids.Key, messages []Message) []Appended {
	if len(messages) == 0 {
		return nil // also when the chat is busy
	}
	ctx, span := tracing.Step(ctx, "log append")
	defer span.End(nil) // the requests say how each ended
	f := l.cached(key)
	if err := l.take(ctx, f); err != nil {
		return []Appended{{Err: err}}
	}
	defer f.unlock()
	results := make([]Appended, 0, len(messages))
	for try := 0; len(results) < len(messages); {
		rest := messages[len(results):]
		if err := l.refresh(ctx, f); err != nil {
			return append(results, Appended{Err: err})
		}
		entries := l.entriesOf(f, rest)
		if len(entries) < 2 { // nothing to wait for together
			o, err := l.appendLocked(ctx, f, rest[0].Act, func(f *chatstate.Folded) (wire.Raw, error) { return rest[0].Build(f, 0) })
			if results = append(results, Appended{o.Record, err}); ids.MustRepeat(err) {
				return results
			}
			continue
		}
		stored, err := l.appendEntries(ctx, f, entries)
		if results = append(results, stored...); len(stored) > 0 {
			try = 0
		}
		switch {
		case err == nil:
		case !store.IsConflict(err):
			return append(results, Appended{Err: err})
		case try == store.Tries:
			return append(results, Appended{Err: errBusy})
		default: // another node was first
			f.stale.Store(true)
			store.Pause(ctx, try)
			try++
		}
	}
	return results
}

// entriesOf makes the entries of the first messages, up to one for which there is more to
// do than to publish it: one that was stored before, that has no id by which it would be
// found again, that cannot be built, or for which BeforeAppend is called. A stream that
// has several copies, or that another node may give some, gets one entry after the other:
// a copy that has caught up does not know what Publisher.Publish has entries expect.
func (l *Log) entriesOf(f *cached, messages []Message) (entries []chat.Entry) {
	if f.Seq == 0 || !l.engine.OneCopy() || l.hasBefore(f, chat.EventMessage) {
		return nil
	}
	for i, m := range messages[:min(len(messages), store.MaxTogether)] {
		_, found := f.RecordOf(m.By, m.ID)
		again := slices.ContainsFunc(entries, func(e chat.Entry) bool { return e.EventID == m.ID && e.By == m.By })
		if found || again || m.ID == "" {
			return entries
		}
		data, err := m.Build(f.Folded, i)
		if err != nil {
			return entries
		}
		entries = append(entries, chat.Entry{Event: m.Event, EventID: m.ID, By: m.By, Data: data})
	}
	return entries
}

// appendEntries tries once to append messages to the chat as it stands. It gives the
// results of those that are stored, and the error of the next one.
func (l *Log) appendEntries(ctx context.Context, f *cached, entries []chat.Entry) (stored []Appended, err error) {
	seqs, err := l.publish(ctx, f, "", entries...)
	if err != nil {
		err = l.notAppended(f, entries[len(seqs)].Event, err)
	}
	now := time.Now()
	stored = make([]Appended, 0, len(seqs))
	for i, seq := range seqs {
		l.apply(f, f.Next(entries[i]), seq, now)
		stored = append(stored, Appended{Record: f.Latest()})
	}
	for _, seq := range seqs {
		l.OnEntry(f.Key, seq, "")
	}
	return stored, err
}
