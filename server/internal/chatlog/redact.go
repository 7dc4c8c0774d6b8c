package chatlog

import (
	"cmp"
	"context"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// JetStream cannot rewrite an entry. A redaction is therefore an entry of its own,
// chats:redact, that has what is left of earlier ones; then those are removed from the
// stream and overwritten. Who folds the chat puts what is left in their places, so that
// positions, the ids of requests and messages, and the chain of prev stay as they were.

// redactionBytes is about how much one chats:redact entry holds at most.
const redactionBytes = 256 << 10

// rewritten is the log of a chat as redactions have left it.
type rewritten struct {
	entries   []stored                      // in order; no redaction has what is left of others
	replaced  map[uint64]chatstate.Redacted // what is left of entries, by their positions
	originals []uint64                      // positions of what the stream still has of these, and of older redactions
}

type stored struct {
	chat.Entry
	at time.Time
}

// readRewritten reads a chat's whole log.
func (l *Log) readRewritten(ctx context.Context, key ids.Key) (r rewritten, err error) {
	r.replaced = map[uint64]chatstate.Redacted{}
	var redactions []uint64
	err = l.readAll(ctx, key, func(e chat.Entry, at time.Time) {
		if e.Event == chat.EventRedact {
			left, err := chatstate.RedactedBy(e)
			if err != nil {
				l.logger.Error("log: an entry cannot be read", "chat", key.ID, "seq", e.Seq, "error", err)
			}
			for _, one := range left {
				r.replaced[one.Seq] = one // a later one knows more to be removed
			}
			redactions = append(redactions, e.Seq)
		}
		r.entries = append(r.entries, stored{chatstate.Published(e), at})
	})
	if err != nil {
		return rewritten{}, err
	}
	r.entries = slices.DeleteFunc(r.entries, func(e stored) bool {
		_, again := r.replaced[e.Seq]
		if again {
			r.originals = append(r.originals, e.Seq)
		}
		return again
	})
	for seq, left := range r.replaced {
		e, err := chat.ParseEntry(seq, left.Entry)
		if err != nil {
			return rewritten{}, err
		}
		r.entries = append(r.entries, stored{chatstate.Published(e), left.At})
	}
	slices.SortFunc(r.entries, func(a, b stored) int { return cmp.Compare(a.Seq, b.Seq) })
	return r, nil
}

// refold folds a chat anew that a redaction has changed. Readers have the old fold until
// it is done.
func (l *Log) refold(ctx context.Context, f *cached) error {
	r, err := l.readRewritten(ctx, f.Key)
	if err != nil {
		return err
	}
	fresh := chatstate.NewFolded(f.Key)
	for _, e := range r.entries {
		if err := fresh.Apply(fresh.Next(e.Entry), e.Seq, e.at); err != nil {
			l.logger.Error("log: an entry cannot be read", "chat", f.Key.ID, "seq", e.Seq, "error", err)
		}
	}
	f.Adopt(fresh)
	f.notify(f.Seq)
	l.notify(f.Key, f.Seq)
	l.count(f)
	return nil
}

// Redact removes content from a chat's entries for good, and gives the number of those
// that it has changed. Repeated after an error it goes on where it ended.
func (l *Log) Redact(ctx context.Context, key ids.Key, by string, what *chatstate.Redaction) (changed int, err error) {
	f := l.cached(key)
	if err := l.take(ctx, f); err != nil {
		return 0, err
	}
	defer f.unlock()
	for try := range store.Tries {
		f.stale.Store(true)
		if err := l.refresh(ctx, f); err != nil {
			return 0, err
		}
		if f.Seq == 0 || f.Removed {
			return 0, ErrUnknownChat(key.ID)
		}
		r, err := l.readRewritten(ctx, key)
		if err != nil {
			return 0, err
		}
		if changed = r.redact(what); changed > 0 {
			err = l.appendRedactions(ctx, f, by, what.About, r)
		}
		if err == nil {
			return changed, l.eraseOriginals(ctx, key)
		}
		if !store.IsConflict(err) {
			return 0, err
		}
		store.Pause(ctx, try)
	}
	return 0, errBusy
}

// redact changes the entries, and counts those that it changes.
func (r *rewritten) redact(what *chatstate.Redaction) (changed int) {
	for _, e := range r.entries {
		data, has := what.Redact(e.Entry)
		if !has {
			continue
		}
		changed++
		e.Data = data
		r.replaced[e.Seq] = chatstate.Redacted{Seq: e.Seq, At: e.at, Entry: e.Append(nil)}
	}
	return changed
}

// appendRedactions appends what is left of all entries that were ever redacted. Older
// redactions lose what they have of others: it may be less by now.
func (l *Log) appendRedactions(ctx context.Context, f *cached, by, about string, r rewritten) error {
	for _, e := range r.entries {
		if e.Event == chat.EventRedact {
			r.replaced[e.Seq] = chatstate.Redacted{Seq: e.Seq, At: e.at, Entry: e.Append(nil)}
		}
	}
	left := make([]chatstate.Redacted, 0, len(r.replaced))
	for _, one := range r.replaced {
		left = append(left, one)
	}
	slices.SortFunc(left, func(a, b chatstate.Redacted) int { return cmp.Compare(a.Seq, b.Seq) })
	for len(left) > 0 {
		n, size := 0, 0
		for ; n < len(left) && (n == 0 || size+len(left[n].Entry) <= redactionBytes); n++ {
			size += len(left[n].Entry) + 64
		}
		entry := chat.Entry{Event: chat.EventRedact, By: by, Data: chatstate.RedactionData(f.Key.ID, about, left[:n])}
		if err := l.appendUnfolded(ctx, f, entry); err != nil {
			return err
		}
		left = left[n:]
	}
	return nil
}

// appendUnfolded appends an entry that changes what came before it, and folds the chat anew.
func (l *Log) appendUnfolded(ctx context.Context, f *cached, e chat.Entry) error {
	seqs, err := l.publish(ctx, f, "", e)
	if err != nil {
		return l.notAppended(f, e.Event, err)
	}
	if err := l.refold(ctx, f); err != nil {
		f.stale.Store(true)
		return err
	}
	l.OnEntry(f.Key, seqs[0], "")
	return nil
}

// eraseOriginals overwrites in the stream what redactions have replaced.
func (l *Log) eraseOriginals(ctx context.Context, key ids.Key) error {
	name, _ := l.find(key)
	stream, err := l.engine.JS.Stream(ctx, name)
	if err != nil {
		return err
	}
	r, err := l.readRewritten(ctx, key)
	if err != nil {
		return err
	}
	for _, seq := range r.originals {
		if err := store.EraseMessage(ctx, stream, seq); err != nil {
			return err
		}
	}
	return nil
}

// Remove removes a chat for good. Its log keeps one entry, chats:remove, which says so to
// those who come back, and keeps its id from being used again. It gives the number of
// entries removed. Repeated after an error it goes on where it ended.
func (l *Log) Remove(ctx context.Context, key ids.Key, by string) (removed int, err error) {
	f := l.cached(key)
	if err := l.take(ctx, f); err != nil {
		return 0, err
	}
	defer f.unlock()
	for try := 0; !f.Removed; try++ {
		f.stale.Store(true)
		if err := l.refresh(ctx, f); err != nil {
			return 0, err
		}
		if f.Seq == 0 {
			return 0, ErrUnknownChat(key.ID)
		}
		if f.Removed {
			break
		}
		e := chat.Entry{Event: chat.EventRemove, By: by, Data: wire.NewObject(nil).Str("chatId", key.ID).Raw("chat", chatstate.NoChat(key.ID, 0)).Done()}
		if _, err := l.appendEntry(ctx, f, e); err != nil && (!store.IsConflict(err) || try == store.Tries) {
			return 0, err
		}
		store.Pause(ctx, try)
	}
	stream, subject := l.find(key)
	return store.Erase(ctx, l.engine, stream, subject, f.Seq)
}

// RemoveAll removes all chats of an app, and leaves nothing. No one may be able to reach
// them any more.
func (l *Log) RemoveAll(ctx context.Context, app string) (removed int, err error) {
	for _, key := range l.cache.Keys() {
		if key.App == app {
			l.cache.Remove(key)
		}
	}
	l.briefs.removeAll(app)
	for n, p := range l.parts {
		some, err := store.Erase(ctx, l.engine, p.stream, l.FilterOf(n, app), 0)
		if removed += some; err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// Follows gives what View would give, also of a chat that was removed: its last entry is
// for those who follow it.
func (l *Log) Follows(ctx context.Context, key ids.Key, atLeast uint64) (chatstate.State, error) {
	_, now, err := l.View(ctx, key, atLeast)
	if ids.IsCode(err, wire.CodeNotFound) {
		if last, current := l.Cached(key, atLeast); current && last.Removed {
			return last, nil
		}
	}
	return now, err
}
