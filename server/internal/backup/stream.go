package backup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

const (
	// catchUp is how long the backup tries to come to the end of a stream of which messages
	// replace others, once it has read what was there when it came to the stream.
	catchUp = time.Minute

	silence    = 5 * time.Second // without a message: then what is left is read one by one
	prefetch   = 8 << 20         // bytes that are read ahead
	callWithin = 30 * time.Second
)

// source reads one stream, as it is at one moment. That is simple where messages only come:
// the moment is that of the beginning. In buckets and object stores a message replaces another,
// which is gone when the reader comes to its place, while the new one came after the moment of the
// beginning: so they are read on, to the moment at which there is nothing more. What was
// read and was replaced since is left out by NATS when it is restored, or by Replaced.
type source struct {
	engine   *store.Engine
	stream   jetstream.Stream // read from its leader
	name     string
	begun    uint64 // last position at the beginning
	replaces bool   // messages may replace others
	catchUp  time.Duration
	end      streamEnd
	emit     func(message) error
}

// takeStream reads a stream and writes it.
func takeStream(ctx context.Context, e *store.Engine, w *writer, name string, of *logs) (streamEnd, error) {
	stream, err := store.FromLeader(ctx, e, name)
	if err != nil {
		return streamEnd{}, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return streamEnd{}, fmt.Errorf("stream %s: %w", name, err)
	}
	config := info.Config
	if config.Storage != jetstream.FileStorage {
		return streamEnd{}, fmt.Errorf("stream %s: is not stored in files", name)
	}
	stream.CachedInfo().Config.AllowDirect = false // by that jetstream.Stream chooses whom to ask
	begun := info.State.LastSeq
	if isLog(name) {
		if begun, err = of.end(ctx, e, name); err != nil {
			return streamEnd{}, err
		}
	}
	s := &source{
		engine: e, stream: stream, name: name, begun: begun, emit: w.message, catchUp: catchUp,
		replaces: config.MaxMsgsPerSubject > 0 || config.AllowRollup, end: streamEnd{Last: begun, Replaced: map[string]uint64{}},
	}
	if err := w.note(entryStream, streamHeader{config, of.queues[name]}); err != nil {
		return s.end, err
	}
	position := uint64(0)
	if info.State.Msgs > 0 {
		position, err = s.bulk(ctx)
	}
	if err == nil {
		err = s.rest(ctx, position)
	}
	if err == nil {
		err = w.note(entryStreamEnd, s.end)
	}
	if err != nil {
		return s.end, fmt.Errorf("stream %s: %w", name, err)
	}
	return s.end, nil
}

// bulk reads most of what there was at the beginning, from any replica, which may be behind.
// It gives the position to which it came.
func (s *source) bulk(ctx context.Context) (position uint64, err error) {
	c, err := s.engine.JS.OrderedConsumer(ctx, s.name, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverAllPolicy, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return 0, err
	}
	messages, err := c.Messages(jetstream.PullMaxBytes(prefetch))
	if err != nil {
		return 0, err
	}
	defer messages.Stop()
	for position < s.begun {
		waiting, stop := context.WithTimeout(ctx, silence)
		msg, err := messages.Next(jetstream.NextContext(waiting))
		stop()
		switch {
		case ctx.Err() != nil:
			return position, ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			return position, nil // what is left is gone meanwhile, or the replica is behind
		case err != nil:
			return position, err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return position, err
		}
		if !s.replaces && meta.Sequence.Stream > s.begun {
			return s.begun, nil
		}
		err = s.add(message{msg.Subject(), headerOf(msg.Headers()), msg.Data(), meta.Sequence.Stream, meta.Timestamp})
		if err != nil {
			return position, err
		}
		if position = meta.Sequence.Stream; meta.NumPending == 0 {
			break
		}
	}
	return position, nil
}

// rest reads what there is after a position from the leader, one by one.
func (s *source) rest(ctx context.Context, position uint64) error {
	began := time.Now()
	for s.replaces || position < s.begun {
		within, stop := context.WithTimeout(ctx, callWithin)
		msg, err := s.stream.GetMsg(within, position+1, jetstream.WithGetMsgSubject(">"))
		stop()
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return nil
		case err != nil:
			return err
		case !s.replaces && msg.Sequence > s.begun:
			return nil
		case msg.Sequence > s.begun && time.Since(began) > s.catchUp:
			return fmt.Errorf("more is written to it than can be read: its end was not reached in %s; make the backup when less is written", s.catchUp)
		}
		if err := s.add(message{msg.Subject, headerOf(msg.Header), msg.Data, msg.Sequence, msg.Time}); err != nil {
			return err
		}
		position = msg.Sequence
	}
	return nil
}

// rollup is the header of a message that replaces all before it on its subject.
const rollup = "Nats-Rollup: sub\r\n"

func (s *source) add(m message) error {
	if s.end.Messages == 0 {
		s.end.First = m.sequence
	}
	s.end.Messages++
	s.end.Bytes += uint64(len(m.subject) + len(m.header) + len(m.data))
	s.end.Last = max(s.end.Last, m.sequence)
	if m.sequence > s.begun && strings.Contains(string(m.header), rollup) {
		s.end.Replaced[m.subject] = m.sequence
	}
	return s.emit(m)
}

// consumersOf gives the durable consumers of a stream. Each begins where everything before
// is acknowledged.
func consumersOf(ctx context.Context, stream jetstream.Stream) (list []consumer, err error) {
	lister := stream.ListConsumers(ctx)
	for info := range lister.Info() {
		if info.Config.Durable == "" {
			continue
		}
		floor := sequences{info.AckFloor.Consumer, info.AckFloor.Stream}
		list = append(list, consumer{info.Config, consumerState{floor, floor}})
	}
	return list, lister.Err()
}
