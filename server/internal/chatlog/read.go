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

// Bounds of one batch of a chat's log. It is read by the stream's direct-get API:
// a consumer would take ten times as long.
const (
	batchEntries = 1024
	batchBytes   = 4 << 20
)

// read visits the entries of a chat from a position on, oldest first, each with the
// time at which it was stored.
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

// Follow calls the hooks OnEntry and OnStored for entries of all nodes, from now until
// ctx ends. A gap in the connection to the store is made up for.
func (l *Log) Follow(ctx context.Context) error {
	stream, err := l.engine.JS.Stream(ctx, Stream)
	if err != nil {
		return err
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:   stream.CachedInfo().State.LastSeq + 1,
		HeadersOnly:   true,
		// How long the store keeps the consumer of a node that is gone.
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return err
	}
	consuming, err := consumer.Consume(l.receive, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		l.logger.Warn("log: entries of other nodes may arrive late", "error", err)
	}))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, consuming.Stop)
	return nil
}

// receive passes one entry of the stream to the hooks. An entry of this node was
// passed on when it was appended, with the joining user; if that append was not
// confirmed, it is passed on only here.
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
