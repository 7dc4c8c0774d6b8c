package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Bounds of one batch.
const (
	batchMessages = 1024
	batchBytes    = 1 << 20
	batchWithin   = 10 * time.Second // of one copy, whose server may be started again meanwhile

	// queuedReplies is the most messages that wait in a subscription, and a batch's fit in. The library
	// makes room for as many when a batch is asked for: half a megabyte by default.
	queuedReplies = 2 * batchMessages
)

// ReadMessage is a message of a stream as it was stored. Its headers are those of the direct-get
// API besides its own.
type ReadMessage struct {
	*nats.Msg
	Subject string
	Seq     uint64
}

// Time is when the message was stored.
func (m *ReadMessage) Time() (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, m.Header.Get(jetstream.TimeStampHeaer))
	if err != nil {
		return time.Time{}, fmt.Errorf("the stream gives no time: %w", err)
	}
	return at, nil
}

// ReadFrom visits the messages of a stream whose subjects match a filter, in the order of the stream from a
// position on. It reads them in batches by the stream's direct-get API (NATS ADR-31), for which
// the stream must allow it: a consumer would take ten times as long. by is the engine's NC, or Reads
// for what is long. On a cluster any copy answers, which may be behind.
func (e *Engine) ReadFrom(ctx context.Context, by *nats.Conn, stream, filter string, from uint64, visit func(ReadMessage) error) error {
	if !by.IsConnected() { // after an outage the two connections are not there again at the same time
		by = e.NC
	}
	for more := true; more; {
		batch := func(ctx context.Context) (err error) {
			more, err = readBatch(ctx, by, stream, filter, &from, visit)
			return err
		}
		var err error
		if e.Replicas > 1 {
			err = UntilRead(ctx, batch) // a copy whose server has died does not answer
		} else {
			within, stop := context.WithTimeout(ctx, batchWithin)
			err = batch(within)
			stop()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readBatch visits one batch, and puts from behind what it has visited. more tells that there are
// messages after it.
func readBatch(
	ctx context.Context, by *nats.Conn, stream, filter string, from *uint64, visit func(ReadMessage) error,
) (more bool, err error) {
	request, err := json.Marshal(map[string]any{"seq": *from, "next_by_subj": filter, "batch": batchMessages, "max_bytes": batchBytes})
	if err != nil {
		return false, err
	}
	inbox := nats.NewInbox()
	sub, err := by.SubscribeSync(inbox)
	if err != nil {
		return false, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := by.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, request); err != nil {
		return false, err
	}
	last := uint64(0) // position of the message before, in this batch
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return false, err
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
		case "503":
			return false, nats.ErrNoResponders
		case "404": // there are no messages from the position on
			return false, nil
		case "204": // the batch is complete
			return msg.Header.Get("Nats-Num-Pending") != "0" && last != 0, nil
		default:
			return false, fmt.Errorf("the stream answers %s %s", status, msg.Header.Get("Description"))
		}
		seq, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil {
			return false, fmt.Errorf("the stream gives no sequence: %w", err)
		}
		if before := msg.Header.Get(jetstream.LastSequenceHeader); before != "" && before != strconv.FormatUint(last, 10) {
			return false, fmt.Errorf("messages from %d to %s were lost on the way: %w", *from, before, nats.ErrTimeout)
		}
		last = seq
		if err := visit(ReadMessage{msg, msg.Header.Get(jetstream.SubjectHeader), seq}); err != nil {
			return false, err
		}
		*from = seq + 1
	}
}
