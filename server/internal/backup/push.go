package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server/archive"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

// A stream is restored by NATS's own operation, which keeps positions and times: it is asked
// for a subject, which then takes an archive in chunks, each with an answer, and an empty
// one at the end (NATS ADR-21 has the operation, the package archive the format).
const (
	chunkBytes   = 256 << 10
	settleWithin = 5 * time.Minute // to make the stream of what was sent
)

// streamState is what NATS has to know of a stream before its messages.
type streamState struct {
	Messages  uint64 `json:"messages"`
	Bytes     uint64 `json:"bytes"`
	First     uint64 `json:"first_seq"`
	Last      uint64 `json:"last_seq"`
	Consumers int    `json:"consumer_count"`
}

// stateOf gives the state of a stream from its count. One that is empty begins after the
// last position that it gave.
func stateOf(s *section) streamState {
	state := streamState{s.end.Messages, s.end.Bytes, s.end.First, s.end.Last, len(s.header.Consumers)}
	if s.end.Messages == 0 && s.end.Last > 0 {
		state.First = s.end.Last + 1
	}
	return state
}

// push makes a stream of a section.
func push(ctx context.Context, e *store.Engine, s *section) error {
	config, state := configFor(e, s.header.Config), stateOf(s)
	request, err := json.Marshal(map[string]any{"config": config, "state": state})
	if err != nil {
		return err
	}
	var begun struct {
		Error   *jetstream.APIError `json:"error"`
		Deliver string              `json:"deliver_subject"`
	}
	if err := ask(ctx, e.NC, "$JS.API.STREAM.RESTORE."+config.Name, request, callWithin, &begun); err != nil {
		return err
	}
	if begun.Error != nil {
		return begun.Error
	}
	archived, sending := io.Pipe()
	var archiving sync.WaitGroup
	archiving.Go(func() { _ = sending.CloseWithError(writeArchive(sending, s, state)) })
	defer archiving.Wait()
	defer archived.Close()
	chunk := make([]byte, chunkBytes)
	for {
		n, err := io.ReadFull(archived, chunk)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		if err := send(ctx, e.NC, begun.Deliver, chunk[:n], callWithin); err != nil {
			return err
		}
		if err != nil {
			break
		}
	}
	return finish(ctx, e, begun.Deliver, state)
}

// finish says that all was sent, and waits until the stream is there.
func finish(ctx context.Context, e *store.Engine, subject string, state streamState) error {
	var made struct {
		Error *jetstream.APIError   `json:"error"`
		State jetstream.StreamState `json:"state"`
	}
	if err := ask(ctx, e.NC, subject, nil, settleWithin, &made); err != nil {
		return err
	}
	if made.Error != nil {
		return made.Error
	}
	if made.State.LastSeq != state.Last {
		return fmt.Errorf("NATS has restored it up to position %d, and not to %d", made.State.LastSeq, state.Last)
	}
	return nil
}

// send sends a chunk and waits until it is taken.
func send(ctx context.Context, nc *nats.Conn, subject string, chunk []byte, within time.Duration) error {
	var refused struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := ask(ctx, nc, subject, chunk, within, &refused); err != nil {
		return err
	}
	if refused.Error != nil {
		return refused.Error
	}
	return nil
}

// How often a request that nobody has received is made again, and after how long.
const (
	unheardRetries = 20
	unheardWait    = 250 * time.Millisecond
)

// ask makes a request, and reads its answer unless that is empty. The servers of a cluster
// learn after a while only that one of them listens, as it does for the parts of a stream.
func ask(ctx context.Context, nc *nats.Conn, subject string, request []byte, within time.Duration, answer any) error {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	for try := 0; ; try++ {
		msg, err := nc.RequestWithContext(ctx, subject, request)
		switch {
		case errors.Is(err, nats.ErrNoResponders) && try < unheardRetries:
			time.Sleep(unheardWait)
		case err != nil || len(msg.Data) == 0:
			return err
		default:
			return json.Unmarshal(msg.Data, answer)
		}
	}
}

// writeArchive writes a section as NATS restores it.
func writeArchive(to io.Writer, s *section, state streamState) error {
	compress := s2.NewWriter(to)
	defer compress.Close()
	a := archive.NewWriter(compress)
	if err := writeNote(a, "state.json", state); err != nil {
		return err
	}
	for _, c := range s.header.Consumers {
		if err := writeNote(a, path.Join("consumers", c.Config.Durable), c); err != nil {
			return err
		}
	}
	replaced := s.end.Replaced
	for s.next() {
		if s.now.sequence < replaced[s.now.subject] {
			continue
		}
		if err := writeMessage(a, s.now); err != nil {
			return err
		}
	}
	if s.err != nil {
		return s.err
	}
	if err := a.WriteHeader(&archive.Header{}); err != nil { // the end, for NATS
		return err
	}
	return errors.Join(a.Close(), compress.Close())
}
