package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// MaxTogether is how many messages one call of Publish may have.
const MaxTogether = 64

// maxIdle is how many inboxes a Publisher keeps for later calls.
const maxIdle = 256

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
// stored. With all of them err is nil; else it says why the next one is not stored, with
// two exceptions: ErrBroken, when only the log can tell how many are, and an error that
// is neither IsConflict nor IsRefused, when those that are missing may still be stored.
// Several messages are only for streams of one copy: with more, the copies may disagree
// about the name of the last message.
func (p *Publisher) Publish(ctx context.Context, messages ...*nats.Msg) (seqs []uint64, err error) {
	in, err := p.take()
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		sent, sendErr := p.send(in, messages)
		if sent < len(messages) && sent > 0 {
			sendErr = fmt.Errorf("the connection took %d of %d messages: %v", sent, len(messages), sendErr) //nolint:errorlint // those that it took may be stored
		}
		seqs, err = in.acks(ctx, sent, len(messages))
		again := len(seqs) == 0 && errors.Is(err, jetstream.ErrNoStreamResponse) && try < noStreamRetries
		if !again || !waited(ctx, noStreamWait) {
			p.giveBack(ctx, in)
			return seqs, cmp.Or(err, sendErr)
		}
	}
}

// waited waits for a time. false means that ctx ended before.
func waited(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// ErrBroken says that not all of several messages are stored, but some after the first
// may be. It is a conflict.
var ErrBroken = errors.New("not all messages are stored")

// send hands messages to the connection, and tells how many it took. The names by which
// each expects the one before it are subjects of replies, which no other message has.
// Only the first and the last ask for a reply: the last vouches for those between.
func (p *Publisher) send(in *inbox, messages []*nats.Msg) (sent int, err error) {
	in.first, in.last = in.last+1, in.last+uint64(len(messages))
	p.sending.Lock()
	defer p.sending.Unlock()
	last, before := len(messages)-1, ""
	for n, msg := range messages {
		name := in.prefix + strconv.FormatUint(in.first+uint64(n), 10)
		if n == 0 || n == last {
			msg.Reply = name
		}
		if n < last {
			msg.Header.Set(jetstream.MsgIDHeader, name)
		}
		if n > 0 {
			msg.Header.Set(jetstream.ExpectedLastMsgIDHeader, before)
		}
		if err := p.nc.PublishMsg(msg); err != nil {
			return n, err
		}
		before = name
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

// giveBack keeps an inbox for another call, unless there are plenty, or acknowledgements
// may still come as ctx has ended.
func (p *Publisher) giveBack(ctx context.Context, in *inbox) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() == nil && len(p.idle) < maxIdle {
		p.idle = append(p.idle, in)
		return
	}
	_ = in.sub.Unsubscribe() // fails only if the connection is closed
}

// acks waits for the acknowledgements of the first and of the last message, if so many
// were sent. They may come in any order.
func (in *inbox) acks(ctx context.Context, sent, messages int) (seqs []uint64, err error) {
	if sent == 0 {
		return nil, nil
	}
	var first, last ack
	whole := sent == messages && messages > 1
	for !first.came || whole && !last.came {
		select {
		case msg := <-in.replies:
			switch msg.Subject {
			case in.prefix + strconv.FormatUint(in.first, 10):
				first = readAck(msg)
			case in.prefix + strconv.FormatUint(in.last, 10):
				last = readAck(msg)
			} // others are of earlier tries
		case <-ctx.Done():
			first.err, last.err = cmp.Or(first.err, ctx.Err()), cmp.Or(last.err, ctx.Err())
			first.came, last.came = true, true
		}
	}
	switch {
	case last.seq != 0:
		for n := range messages {
			seqs = append(seqs, last.seq-uint64(messages-1-n))
		}
		return seqs, nil
	case first.seq == 0:
		return nil, first.err
	case messages > 2 && IsRefused(last.err):
		last.err = ErrBroken
	}
	return []uint64{first.seq}, last.err
}

// ack is an acknowledgement, or what was said instead.
type ack struct {
	came bool
	seq  uint64
	err  error
}

func readAck(msg *nats.Msg) ack {
	if len(msg.Data) == 0 && msg.Header.Get("Status") == "503" {
		return ack{came: true, err: jetstream.ErrNoStreamResponse}
	}
	var answer struct {
		Seq   uint64              `json:"seq"`
		Error *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(msg.Data, &answer); {
	case err != nil || answer.Error == nil && answer.Seq == 0:
		return ack{came: true, err: jetstream.ErrInvalidJSAck}
	case answer.Error != nil:
		return ack{came: true, err: answer.Error}
	}
	return ack{came: true, seq: answer.Seq}
}
