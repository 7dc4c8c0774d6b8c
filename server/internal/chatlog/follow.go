package chatlog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// following is how a Log hears of the entries that others append. As long as it is alone
// it does not listen, as the stream would only tell it what it has appended itself: that
// is a sixth of what a message costs.
type following struct {
	mu      sync.Mutex      // guards what follows; held while it begins
	ctx     context.Context // of Follow, nil before
	alone   bool            // no other node can append
	failed  bool            // it could not begin, and will be tried again
	from    time.Time       // when it was first to begin, less followOverlap; zero before
	started atomic.Bool     // the stream's entries are delivered
}

const (
	followAgain   = time.Second // after it could not begin
	followOverlap = time.Minute // what may have been appended before it is wanted, and is not told yet

	// followBeat is how often the store says that there is nothing new. Without two of these
	// the NATS server that told this node has stopped, and another one is asked. JetStream takes no less.
	followBeat = 500 * time.Millisecond
)

// Follow calls the hooks OnEntry and OnStored for entries of all nodes, from now until
// ctx ends. A gap in the connection to the store is made up for.
func (l *Log) Follow(ctx context.Context) error {
	l.following.mu.Lock()
	defer l.following.mu.Unlock()
	l.following.ctx = ctx
	if l.following.alone {
		return nil
	}
	ends, err := l.Ends(ctx)
	if err != nil {
		return err
	}
	return l.consume(ctx, func(n int) jetstream.OrderedConsumerConfig {
		return jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: ends[n] + 1}
	})
}

// notAlone begins to follow, as another node shares the engine, or an entry of this one
// may be stored without its knowing.
func (l *Log) notAlone() {
	l.following.mu.Lock()
	defer l.following.mu.Unlock()
	l.following.alone = false
	ctx := l.following.ctx
	if ctx == nil || ctx.Err() != nil || l.following.failed || l.following.started.Load() {
		return
	}
	if l.following.from.IsZero() { // else it could not begin then
		l.following.from = time.Now().Add(-followOverlap)
	}
	from := l.following.from
	err := l.consume(ctx, func(int) jetstream.OrderedConsumerConfig {
		return jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &from}
	})
	if err != nil {
		l.logger.Warn("log: cannot follow the entries now, will be tried again", "error", err)
		l.following.failed = true
		time.AfterFunc(followAgain, l.tryAgain)
	}
}

func (l *Log) tryAgain() {
	l.following.mu.Lock()
	l.following.failed = false
	l.following.mu.Unlock()
	l.notAlone()
}

// consume has the entries of all streams delivered, or of none; following.mu is held.
func (l *Log) consume(ctx context.Context, begin func(n int) jetstream.OrderedConsumerConfig) error {
	var all []jetstream.ConsumeContext
	for n, p := range l.parts {
		consuming, err := l.consumeOne(ctx, p.stream, begin(n))
		if err != nil {
			for _, begun := range all {
				begun.Stop()
			}
			return err
		}
		all = append(all, consuming)
	}
	l.following.started.Store(true)
	for _, consuming := range all {
		context.AfterFunc(ctx, consuming.Stop)
	}
	return nil
}

func (l *Log) consumeOne(ctx context.Context, stream string, config jetstream.OrderedConsumerConfig) (jetstream.ConsumeContext, error) {
	config.HeadersOnly = true
	config.InactiveThreshold = time.Minute // how long the store keeps the consumer of a node that is gone
	consumer, err := l.engine.JS.OrderedConsumer(ctx, stream, config)
	if err != nil {
		return nil, err
	}
	return consumer.Consume(l.receive, jetstream.PullHeartbeat(followBeat), jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		l.logger.Warn("log: entries of other nodes may arrive late", "error", err)
	}))
}

// receive passes one entry of the stream to the hooks. An entry of this node was
// passed on when it was appended, with the joining user; if that append was not
// confirmed, it is passed on only here.
func (l *Log) receive(msg jetstream.Msg) {
	meta, err := msg.Metadata()
	key, found := KeyOf(msg.Subject())
	if err != nil || !found {
		return
	}
	seq := meta.Sequence.Stream
	l.notify(key, seq)
	if event := msg.Headers().Get(headerEvent); l.Indexed[event] {
		l.OnStored(key, event, seq)
	}
	if msg.Headers().Get(headerNode) == l.node {
		l.OnEntry(key, seq, "")
		return
	}
	l.OnEntry(key, seq, msg.Headers().Get(headerJoins))
}
