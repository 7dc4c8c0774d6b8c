package chatlog

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/core/chat"
	"parley/server/internal/ids"
)

// A batch of a chat's log, read from the stream directly: a consumer would take
// ten times as long.
const (
	batchEntries = 1024
	batchBytes   = 4 << 20
)

// read visits the entries of a chat from a position on, oldest first, and tells
// when each was stored.
func (l *Log) read(ctx context.Context, key ids.Key, from uint64, visit func(chat.Entry, time.Time)) error {
	inbox := nats.NewInbox()
	sub, err := l.engine.NC.SubscribeSync(inbox)
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
		if err := l.engine.NC.PublishRequest("$JS.API.DIRECT.GET."+Stream, inbox, request); err != nil {
			return err
		}
		last, more, err := readBatch(ctx, sub, visit)
		if err != nil || !more {
			return err
		}
		from = last + 1
	}
}

// readBatch visits one batch; more tells that the chat goes on after it.
func readBatch(ctx context.Context, sub *nats.Subscription, visit func(chat.Entry, time.Time)) (last uint64, more bool, err error) {
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return 0, false, err
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
		case "404": // nothing from there on
			return 0, false, nil
		case "204": // the batch is complete
			pending := msg.Header.Get("Nats-Num-Pending")
			return last, pending != "0" && last != 0, nil
		default:
			return 0, false, fmt.Errorf("stream answers %s %s", status, msg.Header.Get("Description"))
		}
		last, err = strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil {
			return 0, false, fmt.Errorf("stream gives no sequence: %w", err)
		}
		e, err := chat.ParseEntry(last, msg.Data)
		if err != nil {
			return 0, false, fmt.Errorf("entry %d: %w", last, err)
		}
		at, err := time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer))
		if err != nil {
			return 0, false, fmt.Errorf("stream gives no time: %w", err)
		}
		visit(e, at)
	}
}

// Follow tells of the entries that other nodes append, from now until ctx ends.
func (l *Log) Follow(ctx context.Context) error {
	stream, err := l.engine.JS.Stream(ctx, Stream)
	if err != nil {
		return err
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:   stream.CachedInfo().State.LastSeq + 1,
		HeadersOnly:   true,
		// How long the store remembers where a node was that is gone.
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return err
	}
	reading, err := consumer.Consume(l.receive, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		l.logger.Warn("log: following it", "error", err)
	}))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, reading.Stop)
	return nil
}

// receive takes the news of one entry. Those of this node were told when they
// were appended; one whose append was not confirmed is told here.
func (l *Log) receive(msg jetstream.Msg) {
	meta, err := msg.Metadata()
	app, id, found := strings.Cut(strings.TrimPrefix(msg.Subject(), SubjectPrefix), ".")
	if err != nil || !found {
		return
	}
	key, seq := ids.Key{App: app, ID: id}, meta.Sequence.Stream
	l.notify(key, seq)
	l.OnStored(key, msg.Headers().Get(headerEvent), seq)
	if msg.Headers().Get(headerNode) == l.node {
		l.OnEntry(key, seq, "")
		return
	}
	l.OnEntry(key, seq, msg.Headers().Get(headerJoins))
}
