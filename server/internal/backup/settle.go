package backup

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

// Of nodes that start on restored data together one brings it into agreement. It claims that
// by a record which it writes again and again; one that was not written for a while is of a node that is gone.
// Each node measures the while itself, as their clocks may differ.
const (
	claimKey  = "settling" // beside restoredKey; the node that has the claim
	claimBeat = 2 * time.Second
	claimLife = 10 * time.Second
)

// Settle has do bring restored data into agreement, and returns when that is done, by this
// node or by another one; at once where there is nothing to do. waiting is called once if
// another node does it. node is a name that no other node has.
func Settle(ctx context.Context, e *store.Engine, node string, waiting func(), do func(context.Context, Restored) error) error {
	kv, err := store.OpenDataBucket(ctx, e)
	if err != nil {
		return err
	}
	todo, _, found, err := store.Read[Restored](ctx, kv, restoredKey)
	if err != nil || !found {
		return err
	}
	if e.OneCopy() { // nobody else has the folder
		return settle(ctx, kv, todo, do)
	}
	c := claim{kv: kv, node: node}
	for !c.taken(ctx) {
		waiting()
		waiting = func() {}
		select {
		case <-time.After(claimBeat):
		case <-ctx.Done():
			return ctx.Err()
		}
		if _, _, found, err := store.Read[Restored](ctx, kv, restoredKey); err == nil && !found {
			return nil
		}
	}
	defer c.end(ctx)
	if todo, _, found, err = store.Read[Restored](ctx, kv, restoredKey); err != nil || !found {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		c.beat(ctx, stop)
	}()
	err = settle(ctx, kv, todo, do)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	stop(nil)
	<-beating
	return err
}

func settle(ctx context.Context, kv jetstream.KeyValue, todo Restored, do func(context.Context, Restored) error) error {
	if err := do(ctx, todo); err != nil {
		return err
	}
	return kv.Delete(ctx, restoredKey)
}

// claim is what one node knows of the record of who has it.
type claim struct {
	kv       jetstream.KeyValue
	node     string
	revision uint64    // of the record as it was seen last
	since    time.Time // when that was seen first
}

// taken takes the claim, if nobody has it or who has it is gone. What cannot be read or
// written is tried again later.
func (c *claim) taken(ctx context.Context) bool {
	if revision, err := c.kv.Create(ctx, claimKey, []byte(c.node)); err == nil {
		c.revision = revision
		return true
	}
	entry, err := c.kv.Get(ctx, claimKey)
	switch {
	case err != nil:
		return false
	case entry.Revision() != c.revision:
		c.revision, c.since = entry.Revision(), time.Now()
		return false
	case time.Since(c.since) < claimLife:
		return false
	}
	revision, err := c.kv.Update(ctx, claimKey, []byte(c.node), c.revision)
	if err != nil {
		return false
	}
	c.revision = revision
	return true
}

// beat writes the claim again and again until ctx ends, and ends ctx if another node has it.
func (c *claim) beat(ctx context.Context, lost context.CancelCauseFunc) {
	written := time.Now()
	for {
		select {
		case <-time.After(claimBeat):
		case <-ctx.Done():
			return
		}
		revision, err := c.kv.Update(ctx, claimKey, []byte(c.node), c.revision)
		switch {
		case err == nil:
			c.revision, written = revision, time.Now()
		case store.IsConflict(err) || time.Since(written) > claimLife:
			lost(fmt.Errorf("the claim to bring the restored data into agreement is lost: %w", err))
			return
		}
	}
}

// end gives the claim back. If that fails the others wait until it is too old.
func (c *claim) end(ctx context.Context) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), claimBeat)
	defer stop()
	_ = c.kv.Delete(ctx, claimKey, store.LastRevision(c.revision))
}
