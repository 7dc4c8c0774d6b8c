package chatlog

import (
	"context"
	"sync/atomic"

	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// cached is a chat in the cache: the fold, and how far it is from the log.
type cached struct {
	*chatstate.Folded
	writing chan struct{} // a lock: held by the one that appends or refreshes
	known   atomic.Uint64 // the highest position that the log is known to have
	stale   atomic.Bool   // the log may have more than known says
	bytes   atomic.Int64  // approximate size in the cache
	evicted atomic.Bool   // the cache has dropped it
}

func newCached(key ids.Key) *cached {
	c := &cached{Folded: chatstate.NewFolded(key), writing: make(chan struct{}, 1)}
	c.stale.Store(true)
	return c
}

// lock waits for the right to change the chat.
func (c *cached) lock(ctx context.Context) error {
	select {
	case c.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ids.ErrUnavailable("chat " + c.Key.ID + " is busy")
	}
}

func (c *cached) unlock() { <-c.writing }

// notify notes that the log has this position.
func (c *cached) notify(seq uint64) {
	for {
		known := c.known.Load()
		if seq <= known || c.known.CompareAndSwap(known, seq) {
			return
		}
	}
}

// behind tells whether the log has, or may have, more entries than the fold. The
// caller holds the lock, or reads under the fold's mutex.
func (c *cached) behind(seq uint64) bool { return c.stale.Load() || seq == 0 || seq < c.known.Load() }
