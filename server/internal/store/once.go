package store

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// PublishOnce stores a message in a stream and gives its position. A cluster gets it under a
// name, and again while it elects a leader: so the message is stored once, late rather than
// not, and a time that was answered by nobody, but had its effect, is no conflict. The
// stream must remember names for longer than ctx lasts (StreamConfig.Duplicates).
func (e *Engine) PublishOnce(ctx context.Context, stream string, msg *nats.Msg, options ...jetstream.PublishOpt) (seq uint64, err error) {
	if e.Replicas == 1 {
		return e.publish(ctx, msg, options)
	}
	options = append([]jetstream.PublishOpt{jetstream.WithMsgID(rand.Text()), jetstream.WithRetryAttempts(0)}, options...)
	repeated := false
	err = UntilConfirmed(ctx, func(ctx context.Context) error {
		seq, err = e.publish(ctx, msg, options)
		if repeated && IsConflict(err) {
			seq, err = e.already(ctx, stream, msg, err)
		}
		repeated = true
		return err
	})
	return seq, err
}

func (e *Engine) publish(ctx context.Context, msg *nats.Msg, options []jetstream.PublishOpt) (uint64, error) {
	ack, err := e.JS.PublishMsg(ctx, msg, options...)
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// already gives the position of a message that was refused by a conflict, if it is the last
// one of its subject: a stream that was started again may have forgotten its name. Else it
// gives the conflict.
func (e *Engine) already(ctx context.Context, stream string, msg *nats.Msg, conflict error) (uint64, error) {
	last, err := e.lastFromLeader(ctx, stream, msg.Subject)
	switch {
	case err != nil && !errors.Is(err, jetstream.ErrMsgNotFound):
		return 0, err
	case err == nil && last.header(jetstream.MsgIDHeader) == msg.Header.Get(jetstream.MsgIDHeader):
		return last.Seq, nil
	}
	return 0, conflict
}
