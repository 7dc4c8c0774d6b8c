package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// replicated is a bucket of which several NATS servers keep a copy. Get asks the nearest
// copy, which may be behind the one that has acknowledged a write; so before it says that
// a key does not exist, it asks the leader of the copies, which is never behind. nats.go
// has no option for that.
type replicated struct {
	jetstream.KeyValue
	nc *nats.Conn
}

// FromLeader gives a stream whose messages are read from its leader, for one caller. Any
// replica answers direct reads, and one that is behind says that there is nothing: erasures
// must not take its word.
func FromLeader(ctx context.Context, e *Engine, stream string) (jetstream.Stream, error) {
	s, err := e.JS.Stream(ctx, stream)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", stream, err)
	}
	s.CachedInfo().Config.AllowDirect = false // by that jetstream.Stream chooses
	return s, nil
}

// Get gives the last entry of a key, as jetstream.KeyValue says. Where no copy answers, as
// directly after the bucket was made, it asks again.
func (r replicated) Get(ctx context.Context, key string) (entry jetstream.KeyValueEntry, err error) {
	for try := 0; ; try++ {
		entry, err = r.get(ctx, key)
		if !errors.Is(err, nats.ErrNoResponders) || try == noStreamRetries || !waited(ctx, noStreamWait) {
			return entry, err
		}
	}
}

func (r replicated) get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	entry, err := r.KeyValue.Get(ctx, key)
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		return entry, err
	}
	return r.fromLeader(ctx, key)
}

// fromLeader reads a key from the leader (NATS ADR-8 and ADR-31: a message that is got
// through the JetStream API, not directly, comes from the leader).
func (r replicated) fromLeader(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	ask, err := json.Marshal(map[string]string{"last_by_subj": "$KV." + r.Bucket() + "." + key})
	if err != nil {
		return nil, err
	}
	msg, err := r.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET.KV_"+r.Bucket(), ask)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message *struct {
			Seq  uint64    `json:"seq"`
			Hdrs []byte    `json:"hdrs"`
			Data []byte    `json:"data"`
			Time time.Time `json:"time"`
		} `json:"message"`
	}
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return nil, fmt.Errorf("the leader's answer: %w", err)
	}
	switch {
	case answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil, jetstream.ErrKeyNotFound
	case answer.Error != nil:
		return nil, answer.Error
	case answer.Message == nil:
		return nil, errors.New("the leader's answer has no message")
	}
	if isMarker(answer.Message.Hdrs) {
		return nil, jetstream.ErrKeyNotFound
	}
	m := answer.Message
	return leaderEntry{bucket: r.Bucket(), key: key, value: m.Data, revision: m.Seq, created: m.Time}, nil
}

// isMarker tells by its headers whether a message says that its key was removed: by
// Delete or Purge of a client, or by the server when it expired.
func isMarker(headers []byte) bool {
	for line := range strings.SplitSeq(string(headers), "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		if name == "KV-Operation" || name == jetstream.MarkerReasonHeader {
			return true
		}
	}
	return false
}

// leaderEntry is what the leader has of a key.
type leaderEntry struct {
	bucket, key string
	value       []byte
	revision    uint64
	created     time.Time
}

func (e leaderEntry) Bucket() string                  { return e.bucket }
func (e leaderEntry) Key() string                     { return e.key }
func (e leaderEntry) Value() []byte                   { return e.value }
func (e leaderEntry) Revision() uint64                { return e.revision }
func (e leaderEntry) Created() time.Time              { return e.created }
func (e leaderEntry) Delta() uint64                   { return 0 }
func (e leaderEntry) Operation() jetstream.KeyValueOp { return jetstream.KeyValuePut }
