package chatlog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
	"parley/server/internal/tracing"
)

// read visits the entries of a chat from a position on, oldest first, each with the
// time at which it was stored.
func (l *Log) read(ctx context.Context, key ids.Key, from uint64, visit func(chat.Entry, time.Time)) (err error) {
	ctx, span := tracing.Step(ctx, "jetstream read")
	defer func() { span.End(err) }()
	stream, subject := l.find(key)
	return l.engine.ReadFrom(ctx, l.engine.Reads, stream, subject, from, func(msg store.ReadMessage) error {
		e, err := chat.ParseEntry(msg.Seq, msg.Data)
		if err != nil {
			return fmt.Errorf("entry %d: %w", msg.Seq, err)
		}
		at, err := msg.Time()
		if err == nil {
			visit(e, at)
		}
		return err
	})
}

// readAll visits all entries of a chat that the leader has. A replica that is behind gives
// fewer, and what is to be removed may be among the others.
func (l *Log) readAll(ctx context.Context, key ids.Key, visit func(chat.Entry, time.Time)) error {
	if l.engine.Replicas <= 1 {
		return l.read(ctx, key, 1, visit)
	}
	name, subject := l.find(key)
	stream, err := store.FromLeader(ctx, l.engine, name)
	if err != nil {
		return err
	}
	for next := uint64(1); ; {
		msg, err := stream.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		e, err := chat.ParseEntry(msg.Sequence, msg.Data)
		if err != nil {
			return fmt.Errorf("entry %d: %w", msg.Sequence, err)
		}
		visit(e, msg.Time)
		next = msg.Sequence + 1
	}
}

// Chats gives the keys of all chats of all apps, in no order, as ids.Key names them. It
// costs by all chats that ever were.
func (l *Log) Chats(ctx context.Context) (names []string, err error) {
	for _, p := range l.parts {
		stream, err := l.engine.JS.Stream(ctx, p.stream)
		if err != nil {
			return nil, err
		}
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(p.prefix+">"))
		if err != nil {
			return nil, err
		}
		for subject := range info.State.Subjects {
			names = append(names, strings.TrimPrefix(subject, p.prefix))
		}
	}
	return names, nil
}

// refresh folds the entries that the log has more. The caller holds the chat's lock.
func (l *Log) refresh(ctx context.Context, f *cached) error {
	for try := 0; f.behind(f.Seq); try++ {
		if try == store.Tries {
			return ids.ErrUnavailable("the chat's log lags behind")
		}
		if try > 0 {
			store.Pause(ctx, try)
		}
		redacted := false
		err := l.read(ctx, f.Key, f.Seq+1, func(e chat.Entry, at time.Time) {
			if redacted = redacted || e.Event == chat.EventRedact; !redacted {
				l.apply(f, f.Next(e), e.Seq, at)
			}
		})
		if err == nil && redacted { // it is about entries that have been folded
			err = l.refold(ctx, f)
		}
		if err != nil {
			l.logger.Error("log: read", "chat", f.Key.ID, "error", err)
			return ids.ErrUnavailable("the chat's log cannot be read now")
		}
		f.stale.Store(false)
		if missing, err := l.missing(ctx, f); missing || err != nil {
			return err
		}
	}
	return nil
}

// missing tells whether there is no such chat, which the leader of the log knows: the copy that was asked may be behind.
func (l *Log) missing(ctx context.Context, f *cached) (bool, error) {
	if f.Seq != 0 || f.known.Load() != 0 {
		return false, nil
	}
	if l.engine.Replicas == 1 {
		return true, nil
	}
	stream, subject := l.find(f.Key)
	last, err := store.LastPosition(ctx, l.engine, stream, subject)
	if err != nil {
		l.logger.Error("log: the leader cannot be asked", "chat", f.Key.ID, "error", err)
		return false, ids.ErrUnavailable("the chat's log cannot be read now")
	}
	f.notify(last)
	return last == 0, nil
}

// apply takes a stored entry into the fold.
func (l *Log) apply(f *cached, next chatstate.Next, seq uint64, at time.Time) {
	if err := f.Apply(next, seq, at); err != nil {
		l.logger.Error("log: an entry cannot be read", "chat", f.Key.ID, "seq", seq, "error", err)
	}
	f.notify(seq)
	l.notify(f.Key, seq) // the cache may have dropped f, and read the chat anew before the entry was stored
	l.count(f)
}
