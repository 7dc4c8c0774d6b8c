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
)

const (
	queuePrefix    = "hook_"
	workers        = 4    // posts of one hook at the same time on one node; a chat keeps to its lane
	ahead          = 4    // entries taken from the queue before their lane has time for them
	unsentAtMost   = 1000 // entries that wait for another attempt; more stay in the log behind them
	ephemeralAhead = 64   // events that are in no log and wait to be sent
)

func queueName(id string, from uint64) string {
	return queuePrefix + id + "_" + strconv.FormatUint(from, 10)
}

// hookQueue tells one webhook what happens, so that a slow or dead target holds
// up no other. The queue is a consumer of the chats' log, shared by the nodes: an
// entry is taken by one of them, and comes again until it is acknowledged.
type hookQueue struct {
	webhooks  *Hooks
	hook      atomic.Pointer[Hook] // as it is now; app, id and from stay
	ephemeral chan message
	stop      context.CancelFunc
}

// run serves the queue until the hook is not active any more; then it is removed.
func (q *hookQueue) run(ctx context.Context) {
	w := q.webhooks
	var whispering sync.WaitGroup
	whispering.Go(func() { q.sendEphemeral(ctx) })
	for ctx.Err() == nil {
		if err := q.serve(ctx); err != nil && ctx.Err() == nil {
			w.logger.Warn("webhook: its queue cannot be read, trying again", "webhook", q.hook.Load().ID, "error", err)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
	}
	whispering.Wait()
	if w.ctx.Err() != nil {
		return // only the server ends
	}
	ctx, stop := context.WithTimeout(w.ctx, ids.OperationWithin)
	defer stop()
	if err := w.drop(ctx, q.hook.Load().Queue()); err != nil {
		w.logger.Warn("webhook: its queue is left over until the next start", "webhook", q.hook.Load().ID, "error", err)
	}
}

// serve takes entries and hands them to the lanes.
func (q *hookQueue) serve(ctx context.Context) error {
	h := q.hook.Load()
	within := q.webhooks.Options.Within * 3 / 5
	consumer, err := q.webhooks.engine.JS.CreateOrUpdateConsumer(ctx, chatlog.Stream, jetstream.ConsumerConfig{
		Durable: h.Queue(), Description: "what a webhook of app " + h.App + " has not been told yet",
		FilterSubject: chatlog.SubjectPrefix + h.App + ".>", DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: h.From + 1,
		AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: -1, MaxAckPending: unsentAtMost, AckWait: within,
	})
	if err != nil {
		return err
	}
	held := newInFlight(within)
	var busy sync.WaitGroup
	var into [workers]chan jetstream.Msg
	for i := range into {
		into[i] = make(chan jetstream.Msg, workers+ahead) // so that nobody waits
		busy.Go(func() {
			for msg := range into[i] {
				q.entry(ctx, msg)
				held.done(msg)
			}
		})
	}
	holding, stop := context.WithCancel(context.Background())
	var beats sync.WaitGroup
	beats.Go(func() { held.extend(holding) })
	defer func() {
		for i := range into {
			close(into[i])
		}
		busy.Wait()
		stop()
		beats.Wait()
	}()
	for {
		msg, err := held.next(ctx, consumer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		into[maphash.String(workerSeed, msg.Subject())%workers] <- msg
	}
}

var workerSeed = maphash.MakeSeed()

// entry tells of one entry, and acknowledges it or has it come again later.
func (q *hookQueue) entry(ctx context.Context, msg jetstream.Msg) {
	w, h := q.webhooks, *q.hook.Load()
	err := ctx.Err()
	var meta *jetstream.MsgMetadata
	if err == nil {
		meta, err = msg.Metadata()
	}
	var list []message
	if err == nil {
		list, err = w.messages(ctx, h, msg, meta)
	}
	for _, m := range list {
		if err == nil {
			err = q.send(ctx, h, m)
		}
	}
	switch {
	case err == nil:
		err = msg.Ack()
	case ctx.Err() != nil:
		err = msg.Nak() // for another node, or the next start
	case isGone(err):
		w.deactivate(h, "the target answered 410 Gone")
		err = msg.Ack()
	case int(meta.NumDelivered) >= w.Options.Attempts:
		w.givenUp(h, meta.Sequence.Stream, err)
		err = msg.Ack()
	default:
		w.logger.Debug("webhook: not delivered, will be tried again", "webhook", h.ID, "attempt", meta.NumDelivered, "error", err)
		err = msg.NakWithDelay(w.Options.retryAfter(int(meta.NumDelivered), err))
	}
	if err != nil {
		w.logger.Debug("webhook: not acknowledged, will come again", "webhook", h.ID, "error", err)
	}
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
