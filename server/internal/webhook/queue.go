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

// Bounds of one webhook on one node, for all streams of chats together; but each stream has a worker, takes some entries
// ahead, and lets some wait for another attempt.
const (
	workers       = 4    // posts at a time
	ahead         = 4    // entries of each stream that are taken from the queue beside those that are posted
	maxEphemerals = 64   // ephemeral events that wait to be posted
	maxUnacked    = 1000 // entries, on all nodes, that wait for another attempt or are in flight; others stay in the log behind them
	minUnacked    = 100  // of each stream
)

// share gives what of a bound each stream has.
func (w *Hooks) share(bound, least int) int { return max(bound/len(w.streams), least) }

func queueName(id string, from uint64) string {
	return queuePrefix + id + "_" + strconv.FormatUint(from, 10)
}

// hookQueue delivers events to one webhook. The queue is a durable consumer of each of the
// chats' streams that the nodes share: one of them has it at a time, and an entry comes
// again until it is acknowledged.
type hookQueue struct {
	webhooks   *Hooks
	hook       atomic.Pointer[Hook] // as it is now; its App, ID and From do not change
	ephemerals chan message
	stop       context.CancelFunc
}

// run delivers until ctx ends. Unless the server is closing, the webhook is then not
// active any longer, and its consumers are removed.
func (q *hookQueue) run(ctx context.Context) {
	w := q.webhooks
	var sending sync.WaitGroup
	sending.Go(func() { q.sendEphemerals(ctx) })
	for n := range w.streams {
		sending.Go(func() { q.follow(ctx, n) })
	}
	sending.Wait()
	if w.ctx.Err() != nil {
		return
	}
	ctx, stop := context.WithTimeout(w.ctx, ids.OperationWithin)
	defer stop()
	for n := range w.streams {
		if err := w.removeQueue(ctx, n, q.hook.Load().queue(n)); err != nil {
			w.logger.Warn("webhook: its queue is not removed, the next start does it", "webhook", q.hook.Load().ID, "error", err)
		}
	}
}

// follow delivers what the n-th stream has, until ctx ends.
func (q *hookQueue) follow(ctx context.Context, n int) {
	for ctx.Err() == nil {
		if err := q.serve(ctx, n); err != nil && ctx.Err() == nil {
			q.webhooks.logger.Warn("webhook: cannot read its queue, trying again", "webhook", q.hook.Load().ID, "error", err)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
	}
}

// serve takes entries from the consumer and hands them to workers, until ctx ends or
// the consumer cannot be read. It returns when the workers have ended.
func (q *hookQueue) serve(ctx context.Context, n int) error {
	// Entries of a chat go to the same worker, so that they keep their order.
	inputs := make([]chan jetstream.Msg, q.webhooks.share(workers, 1))
	slots := len(inputs) + ahead
	taken := newInFlight(q.webhooks.Options.Within, slots)
	consumer, err := q.consumer(ctx, n, taken)
	if err != nil {
		return err
	}
	extending, stop := context.WithCancel(context.Background())
	var extender, working sync.WaitGroup
	extender.Go(func() { taken.extend(extending) })
	for i := range inputs {
		inputs[i] = make(chan jetstream.Msg, slots) // so that serve never waits
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
		q.release(ctx, n, taken, consumer)
	}()
	for {
		msg, err := taken.next(ctx, consumer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		inputs[maphash.String(workerSeed, msg.Subject())%uint64(len(inputs))] <- msg
	}
}

var workerSeed = maphash.MakeSeed()

// consumer opens the durable consumer of the queue in the n-th stream, and makes it if it is missing.
func (q *hookQueue) consumer(ctx context.Context, n int, taken *inFlight) (jetstream.Consumer, error) {
	h, w := q.hook.Load(), q.webhooks
	return w.engine.JS.CreateOrUpdateConsumer(ctx, w.streams[n], jetstream.ConsumerConfig{
		Durable: h.queue(n), Description: "events that a webhook of app " + h.App + " has not got yet",
		FilterSubject: w.log.FilterOf(n, h.App),
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: h.From[n] + 1,
		AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: -1, MaxAckPending: w.share(maxUnacked, minUnacked), AckWait: taken.ackWait,
		PriorityPolicy: jetstream.PriorityPolicyPinned, PriorityGroups: []string{pinGroup}, PinnedTTL: taken.pinFor,
	})
}

// release lets another node go on with the queue at once. If that fails, it goes on later.
func (q *hookQueue) release(ctx context.Context, n int, taken *inFlight, consumer jetstream.Consumer) {
	w := q.webhooks
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	if err := taken.unpin(ctx, w.engine.JS, w.streams[n], consumer); err != nil {
		w.logger.Debug("webhook: another node goes on with its queue later", "webhook", q.hook.Load().ID, "error", err)
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
