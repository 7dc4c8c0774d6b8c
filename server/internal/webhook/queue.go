package webhook

import (
	"context"
	"hash/maphash"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/chatlog"
	"parley/server/internal/ids"
	"parley/server/internal/tracing"
)

const queuePrefix = "hook_"

// Bounds of one webhook on one node.
const (
	workers       = 4           // posts at a time
	maxInFlight   = workers + 4 // entries taken from the queue
	maxEphemerals = 64          // ephemeral events that wait to be posted
)

// maxUnacked is the number of entries, on all nodes, that wait for another attempt or
// are in flight; the others stay in the log behind them.
const maxUnacked = 1000

func queueName(id string, from uint64) string {
	return queuePrefix + id + "_" + strconv.FormatUint(from, 10)
}

// hookQueue delivers events to one webhook. The queue is a durable consumer of the
// chats' stream that the nodes share: one of them has it at a time, and an entry comes
// again until it is acknowledged.
type hookQueue struct {
	webhooks   *Hooks
	hook       atomic.Pointer[Hook] // as it is now; its App, ID and From do not change
	ephemerals chan message
	stop       context.CancelFunc
}

// run delivers until ctx ends. Unless the server is closing, the webhook is then not
// active any longer, and its consumer is removed.
func (q *hookQueue) run(ctx context.Context) {
	w := q.webhooks
	var sending sync.WaitGroup
	sending.Go(func() { q.sendEphemerals(ctx) })
	for ctx.Err() == nil {
		if err := q.serve(ctx); err != nil && ctx.Err() == nil {
			w.logger.Warn("webhook: cannot read its queue, trying again", "webhook", q.hook.Load().ID, "error", err)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
	}
	sending.Wait()
	if w.ctx.Err() != nil {
		return
	}
	ctx, stop := context.WithTimeout(w.ctx, ids.OperationWithin)
	defer stop()
	if err := w.removeQueue(ctx, q.hook.Load().queue()); err != nil {
		w.logger.Warn("webhook: its queue is not removed, the next start does it", "webhook", q.hook.Load().ID, "error", err)
	}
}

// serve takes entries from the consumer and hands them to workers, until ctx ends or
// the consumer cannot be read. It returns when the workers have ended.
func (q *hookQueue) serve(ctx context.Context) error {
	taken := newInFlight(q.webhooks.Options.Within)
	consumer, err := q.consumer(ctx, taken)
	if err != nil {
		return err
	}
	extending, stop := context.WithCancel(context.Background())
	var extender, working sync.WaitGroup
	extender.Go(func() { taken.extend(extending) })
	// Entries of a chat go to the same worker, so that they keep their order.
	var inputs [workers]chan jetstream.Msg
	for i := range inputs {
		inputs[i] = make(chan jetstream.Msg, maxInFlight) // so that serve never waits
		working.Go(func() {
			for msg := range inputs[i] {
				q.handle(ctx, msg)
				taken.done(msg)
			}
		})
	}
	defer func() {
		for i := range inputs {
			close(inputs[i])
		}
		working.Wait()
		stop()
		extender.Wait()
		q.release(ctx, taken, consumer)
	}()
	for {
		msg, err := taken.next(ctx, consumer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		inputs[maphash.String(workerSeed, msg.Subject())%workers] <- msg
	}
}

var workerSeed = maphash.MakeSeed()

// consumer opens the durable consumer of the queue, and makes it if it is missing.
func (q *hookQueue) consumer(ctx context.Context, taken *inFlight) (jetstream.Consumer, error) {
	h := q.hook.Load()
	return q.webhooks.engine.JS.CreateOrUpdateConsumer(ctx, chatlog.Stream, jetstream.ConsumerConfig{
		Durable: h.queue(), Description: "events that a webhook of app " + h.App + " has not got yet",
		FilterSubject: chatlog.SubjectPrefix + h.App + ".>",
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: h.From + 1,
		AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: -1, MaxAckPending: maxUnacked, AckWait: taken.ackWait,
		PriorityPolicy: jetstream.PriorityPolicyPinned, PriorityGroups: []string{pinGroup}, PinnedTTL: taken.pinFor,
	})
}

// release lets another node go on with the queue at once. If that fails, it goes on later.
func (q *hookQueue) release(ctx context.Context, taken *inFlight, consumer jetstream.Consumer) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	if err := taken.unpin(ctx, q.webhooks.engine.JS, consumer); err != nil {
		q.webhooks.logger.Debug("webhook: another node goes on with its queue later", "webhook", q.hook.Load().ID, "error", err)
	}
}

// handle delivers one entry, and acknowledges it or has it come again later.
func (q *hookQueue) handle(ctx context.Context, msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil { // it is no entry of a stream
		q.webhooks.logger.Error("webhook: its queue holds a message that cannot be read", "error", err)
		return
	}
	h := *q.hook.Load()
	traced := tracing.From(ctx, msg.Headers().Get(chatlog.HeaderTrace))
	if err := q.settle(ctx, h, msg, meta, q.deliver(traced, h, msg, meta)); err != nil {
		q.webhooks.logger.Debug("webhook: not acknowledged, will come again", "webhook", h.ID, "error", err)
	}
}

// deliver posts what the webhook gets of an entry.
func (q *hookQueue) deliver(ctx context.Context, h Hook, msg jetstream.Msg, meta *jetstream.MsgMetadata) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	list, err := q.webhooks.messages(ctx, h, msg, meta)
	for _, m := range list {
		if err == nil {
			err = q.send(ctx, h, m)
		}
	}
	return err
}

// settle says to JetStream what becomes of an entry whose delivery ended with failed.
func (q *hookQueue) settle(ctx context.Context, h Hook, msg jetstream.Msg, meta *jetstream.MsgMetadata, failed error) error {
	w, attempts := q.webhooks, int(meta.NumDelivered)
	switch {
	case failed == nil:
		return msg.Ack()
	case ctx.Err() != nil:
		return msg.Nak() // for another node, or the next start
	case isGone(failed):
		w.deactivate(h, "the target answered 410 Gone")
		return msg.Ack()
	case attempts >= w.Options.Attempts:
		w.countDropped(h, meta.Sequence.Stream, failed)
		return msg.Ack()
	}
	w.logger.Debug("webhook: not delivered, will be tried again", "webhook", h.ID, "attempt", attempts, "error", failed)
	return msg.NakWithDelay(w.Options.retryAfter(attempts, failed))
}

// send posts one message within its time, and notes how the target does.
func (q *hookQueue) send(ctx context.Context, h Hook, m message) error {
	bounded, stop := context.WithTimeout(ctx, q.webhooks.Options.Within)
	defer stop()
	_, err := q.webhooks.sender.deliver(bounded, h, m.id, m.body(h.App))
	if ctx.Err() == nil {
		q.webhooks.noteResult(*q.hook.Load(), err == nil)
	}
	return err
}
