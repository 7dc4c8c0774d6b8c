package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// pageReads is the number of messages that are read for one page at most.
const pageReads = 1000

// Page visits messages of a stream whose subjects match a filter, in the order of the
// stream after a position, 0 for its start. It costs what it visits, which is at most
// pageReads, and ends when visit has taken limit messages. next is the after of the next
// page, 0 if there are no more messages.
func Page(
	ctx context.Context, stream jetstream.Stream, filter string, after uint64, limit int,
	visit func(*jetstream.RawStreamMsg) (taken bool, err error),
) (next uint64, err error) {
	next = after
	count := 0
	for range pageReads {
		msg, err := stream.GetMsg(ctx, next+1, jetstream.WithGetMsgSubject(filter))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return 0, nil
		case err != nil:
			return 0, fmt.Errorf("%s after %d: %w", filter, next, err)
		case count == limit:
			return next, nil
		}
		taken, err := visit(msg)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", msg.Subject, err)
		}
		if taken {
			count++
		}
		next = msg.Sequence
	}
	return next, nil
}

// PageOf gives the records of a bucket whose keys match a filter, in the order in which
// they were last written: at most limit of them after a position. next is as in Page.
func PageOf[T any](
	ctx context.Context, e *Engine, kv jetstream.KeyValue, filter string, after uint64, limit int,
) (records []T, next uint64, err error) {
	stream, err := e.stream(ctx, "KV_"+kv.Bucket())
	if err != nil {
		return nil, 0, recordError(kv, filter, err)
	}
	next, err = Page(ctx, stream, "$KV."+kv.Bucket()+"."+filter, after, limit, func(msg *jetstream.RawStreamMsg) (bool, error) {
		if len(msg.Data) == 0 { // it says that the record was removed
			return false, nil
		}
		var record T
		err := json.Unmarshal(msg.Data, &record)
		records = append(records, record)
		return true, err
	})
	return records, next, err
}
