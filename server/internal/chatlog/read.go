package chatlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
	"parley/server/internal/tracing"
)

// Bounds of one batch of a chat's log. It is read by the stream's direct-get API:
// a consumer would take ten times as long.
const (
	batchEntries = 1024
	batchBytes   = 1 << 20
)

// read visits the entries of a chat from a position on, oldest first, each with the
// time at which it was stored.
func (l *Log) read(ctx context.Context, key ids.Key, from uint64, visit func(chat.Entry, time.Time)) (err error) {
	ctx, span := tracing.Step(ctx, "jetstream read")
	defer func() { span.End(err) }()
	inbox := nats.NewInbox()
	sub, err := l.engine.Reads.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }()
	for {
		request, err := json.Marshal(map[string]any{
			"seq": from, "next_by_subj": subjectOf(key), "batch": batchEntries, "max_bytes": batchBytes,
		})
		if err != nil {
			return err
		}
		if err := l.engine.Reads.PublishRequest("$JS.API.DIRECT.GET."+Stream, inbox, request); err != nil {
			return err
		}
		last, more, err := readBatch(ctx, sub, visit)
		if err != nil || !more {
			return err
		}
		from = last + 1
	}
}

// readAll visits all entries of a chat that the leader has. A replica that is behind gives
// fewer, and what is to be removed may be among the others.
func (l *Log) readAll(ctx context.Context, key ids.Key, visit func(chat.Entry, time.Time)) error {
	if l.engine.Replicas <= 1 {
		return l.read(ctx, key, 1, visit)
	}
	stream, err := store.FromLeader(ctx, l.engine, Stream)
	if err != nil {
		return err
	}
	for next := uint64(1); ; {
		msg, err := stream.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subjectOf(key)))
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

// readBatch visits one batch. last is its last position; more tells that the chat
// has entries after it.
func readBatch(ctx context.Context, sub *nats.Subscription, visit func(chat.Entry, time.Time)) (last uint64, more bool, err error) {
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return 0, false, err
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
		case "404": // there are no entries from the position on
			return 0, false, nil
		case "204": // the batch is complete
			pending := msg.Header.Get("Nats-Num-Pending")
			return last, pending != "0" && last != 0, nil
		default:
			return 0, false, fmt.Errorf("the stream answers %s %s", status, msg.Header.Get("Description"))
		}
		last, err = strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil {
			return 0, false, fmt.Errorf("the stream gives no sequence: %w", err)
		}
		e, err := chat.ParseEntry(last, msg.Data)
		if err != nil {
			return 0, false, fmt.Errorf("entry %d: %w", last, err)
		}
		at, err := time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer))
		if err != nil {
			return 0, false, fmt.Errorf("the stream gives no time: %w", err)
		}
		visit(e, at)
	}
}

// Chats gives the keys of all chats of all apps, in no order, as ids.Key names them. It
// costs by all chats that ever were.
func (l *Log) Chats(ctx context.Context) (names []string, err error) {
	stream, err := l.engine.JS.Stream(ctx, Stream)
	if err != nil {
		return nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(SubjectPrefix+">"))
	if err != nil {
		return nil, err
	}
	for subject := range info.State.Subjects {
		names = append(names, strings.TrimPrefix(subject, SubjectPrefix))
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
		if f.Seq == 0 && f.known.Load() == 0 {
			return nil // there is no such chat
		}
	}
	return nil
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
