package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// MaxTogether is how many messages one call of Publish may have.
const MaxTogether = 64

// Publisher stores messages in streams, as JetStream.PublishMsg does, but several in
// one go, and with fewer goroutines between the caller and the stream: an
// acknowledgement goes from the connection's reader to who waits for it.
type Publisher struct {
	nc *nats.Conn

	sending sync.Mutex // held while the messages of one call are handed to the connection

	mu   sync.Mutex // guards what follows
	idle []*inbox
}

// NewPublisher gives a Publisher for the engine's connection.
func NewPublisher(e *Engine) *Publisher { return &Publisher{nc: e.NC} }

// Without a server that has the stream, as while a cluster elects a leader, the
// messages are sent again.
const (
	noStreamRetries = 2
	noStreamWait    = 250 * time.Millisecond
)

// Publish stores messages of one stream one directly after the other. None is stored
// unless those before it are. What the first expects is in its headers; each of the
// others expects the one before it. seqs has the positions of those that are known to be
// stored; err says why the next one is not, or is not known to be. After an error that
// is neither IsConflict nor IsRefused, it and those after it may be stored. Several
// messages are only for streams of one copy: with more, the copies may disagree about
// the name of the last message.
func (p *Publisher) Publish(ctx context.Context, messages ...*nats.Msg) (seqs []uint64, err error) {
	in, err := p.take()
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		sent, sendErr := p.send(in, messages)
		seqs, err = in.acks(ctx, sent)
		if ctx.Err() != nil { // acknowledgements may still come
			return seqs, errors.Join(err, in.sub.Unsubscribe())
		}
		if len(seqs) > 0 || !errors.Is(err, jetstream.ErrNoStreamResponse) || try == noStreamRetries {
			p.giveBack(in)
			return seqs, cmp.Or(err, sendErr)
		}
		select {
		case <-time.After(noStreamWait):
		case <-ctx.Done():
		}
	}
}

// send hands messages to the connection, and tells how many it took. The names by which
// each expects the one before it are those of the replies, which no other message has.
func (p *Publisher) send(in *inbox, messages []*nats.Msg) (sent int, err error) {
	in.first = in.last + 1
	p.sending.Lock()
	defer p.sending.Unlock()
	for n, msg := range messages {
		in.last++
		msg.Reply = in.prefix + strconv.FormatUint(in.last, 10)
		if n < len(messages)-1 {
			msg.Header.Set(jetstream.MsgIDHeader, msg.Reply)
		}
		if n > 0 {
			msg.Header.Set(jetstream.ExpectedLastMsgIDHeader, messages[n-1].Reply)
		}
		if err := p.nc.PublishMsg(msg); err != nil {
			return n, err
		}
	}
	return len(messages), nil
}

// inbox gets the acknowledgements of one call of Publish at a time.
type inbox struct {
	sub         *nats.Subscription
	prefix      string // of the subjects; a number follows
	replies     chan *nats.Msg
	first, last uint64 // numbers of the messages of this call
}

// take gives an inbox that nobody uses.
func (p *Publisher) take() (*inbox, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		in := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return in, nil
	}
	p.mu.Unlock()
	in := &inbox{prefix: nats.NewInbox() + ".", replies: make(chan *nats.Msg, 2*MaxTogether)}
	var err error
	in.sub, err = p.nc.ChanSubscribe(in.prefix+"*", in.replies)
	return in, err
}

func (p *Publisher) giveBack(in *inbox) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, in)
}

// acks waits for the acknowledgements of so many messages, which may come in any order.
// The last that is stored vouches for those before it.
func (in *inbox) acks(ctx context.Context, sent int) (seqs []uint64, err error) {
	seqs, failures := make([]uint64, sent), make([]error, sent)
	stored := 0
	for missing := sent; missing > 0; {
		select {
		case msg := <-in.replies:
			n, err := strconv.ParseUint(strings.TrimPrefix(msg.Subject, in.prefix), 10, 64)
			if err != nil || n < in.first || n > in.last {
				continue // of an earlier try
			}
			missing--
			i := int(n - in.first)
			if seqs[i], failures[i] = readAck(msg); failures[i] == nil {
				stored = max(stored, i+1)
			}
		case <-ctx.Done():
			missing = 0
		}
	}
	for i := range stored {
		seqs[i] = seqs[stored-1] - uint64(stored-1-i)
	}
	if stored < sent {
		err = cmp.Or(failures[stored], ctx.Err())
	}
	return seqs[:stored], err
}

// readAck reads an acknowledgement.
func readAck(msg *nats.Msg) (seq uint64, err error) {
	if len(msg.Data) == 0 && msg.Header.Get("Status") == "503" {
		return 0, jetstream.ErrNoStreamResponse
	}
	var ack struct {
		Seq   uint64              `json:"seq"`
		Error *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(msg.Data, &ack); {
	case err != nil || ack.Error == nil && ack.Seq == 0:
		return 0, jetstream.ErrInvalidJSAck
	case ack.Error != nil:
		return 0, ack.Error
	}
	return ack.Seq, nil
}
