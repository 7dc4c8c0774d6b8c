package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// FromLeader gives a stream whose messages are read from its leader, for one caller. Any
// replica answers direct reads, and one that is behind says that there is nothing: erasures
// must not take its word.
func FromLeader(ctx context.Context, e *Engine, stream string) (jetstream.Stream, error) {
	s, err := e.stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	s.CachedInfo().Config.AllowDirect = false // by that jetstream.Stream chooses
	return s, nil
}

// stream is JetStream.Stream, which asks the leader.
func (e *Engine) stream(ctx context.Context, name string) (s jetstream.Stream, err error) {
	err = UntilRead(ctx, func(ctx context.Context) error {
		s, err = e.JS.Stream(ctx, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", name, err)
	}
	return s, nil
}

// lastFromLeader reads the last message of a subject from the leader (NATS ADR-8 and ADR-31: a
// message that is got through the JetStream API, not directly, comes from the leader).
func (e *Engine) lastFromLeader(ctx context.Context, stream, subject string) (*stored, error) {
	ask, err := json.Marshal(map[string]string{"last_by_subj": subject})
	if err != nil {
		return nil, err
	}
	msg, err := e.NC.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, ask)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message *stored             `json:"message"`
	}
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return nil, fmt.Errorf("the leader's answer: %w", err)
	}
	switch {
	case answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil, jetstream.ErrMsgNotFound
	case answer.Error != nil:
		return nil, answer.Error
	case answer.Message == nil:
		return nil, errors.New("the leader's answer has no message")
	}
	return answer.Message, nil
}

// LastPosition gives the position of the last message whose subject matches a filter, as the leader of
// the stream knows it: no copy has a later one. It gives 0 where no message matches.
func LastPosition(ctx context.Context, e *Engine, stream, filter string) (seq uint64, err error) {
	err = UntilRead(ctx, func(ctx context.Context) error {
		last, err := e.lastFromLeader(ctx, stream, filter)
		if err == nil {
			seq = last.Seq
		}
		return err
	})
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		err = nil
	}
	return seq, err
}

// stored is a message as the leader gives it.
type stored struct {
	Seq  uint64    `json:"seq"`
	Hdrs []byte    `json:"hdrs"`
	Data []byte    `json:"data"`
	Time time.Time `json:"time"`
}

// isMarker tells by its headers whether a message says that its key was removed: by Delete or Purge of a
// client, or by the server when it expired.
func isMarker(header func(name string) string) bool {
	return header(operationHeader) != "" || header(jetstream.MarkerReasonHeader) != ""
}

// header gives a header of a stored message, "" if it has none of that name.
func (m *stored) header(name string) string {
	for line := range strings.SplitSeq(string(m.Hdrs), "\r\n") {
		if key, value, _ := strings.Cut(line, ":"); key == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// fromLeader reads a key from the leader.
func (r replicated) fromLeader(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	m, err := r.engine.lastFromLeader(ctx, r.stream(), r.subject(key))
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && isMarker(m.header) {
		return nil, jetstream.ErrKeyNotFound
	}
	if err != nil {
		return nil, err
	}
	return readEntry{bucket: r.Bucket(), key: key, value: m.Data, revision: m.Seq, created: m.Time}, nil
}
