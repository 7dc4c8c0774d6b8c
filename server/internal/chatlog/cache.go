package chatlog

import (
	"context"
	"sync/atomic"
	"time"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Bounds of the cache.
const (
	cacheBytes    = 256 << 20 // of all cached chats together, about
	entryOverhead = 300       // bytes that an entry takes in memory besides its data, about
)

// cached is a chat in the cache: folded, and how far it is behind the log.
type cached struct {
	*chatstate.Folded
	writing chan struct{} // a lock: held by the one that appends or refreshes
	known   atomic.Uint64 // the highest position that the log is known to have
	stale   atomic.Bool   // the log may have more than known says
	bytes   atomic.Int64  // approximate size
	evicted atomic.Bool   // the cache has dropped it
}

func newCached(key ids.Key) *cached {
	c := &cached{Folded: chatstate.NewFolded(key), writing: make(chan struct{}, 1)}
	c.stale.Store(true)
	return c
}

// lock takes the right to change the chat.
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

// behind tells whether the log has, or may have, more entries than the fold, which
// stands at seq.
func (c *cached) behind(seq uint64) bool { return c.stale.Load() || seq == 0 || seq < c.known.Load() }

// cached gives the chat in the cache, which may still have to be read.
func (l *Log) cached(key ids.Key) *cached {
	if f, found := l.cache.Get(key); found {
		return f
	}
	f := newCached(key)
	if other, found, _ := l.cache.PeekOrAdd(key, f); found {
		return other
	}
	return f
}

// notify notes that the log has a position, for the next reader of the chat.
func (l *Log) notify(key ids.Key, seq uint64) {
	if f, found := l.cache.Peek(key); found {
		f.notify(seq)
	}
}

// refresh folds the entries that the log has more. The caller holds the chat's lock.
func (l *Log) refresh(ctx context.Context, f *cached) error {
	for try := 0; f.behind(f.Seq); try++ {
		if try == store.Tries {
			return ids.ErrUnavailable("the chat's log lags behind")
		}
		if try > 0 {
			store.Pause(ctx, try)
		}
		err := l.read(ctx, f.Key, f.Seq+1, func(e chat.Entry, at time.Time) { l.apply(f, f.Next(e), e.Seq, at) })
		if err != nil {
			l.logger.Error("log: read", "chat", f.Key.ID, "error", err)
			return ids.ErrUnavailable("the chat's log cannot be read now")
		}
		f.stale.Store(false)
		if f.Seq == 0 && f.known.Load() == 0 {
			return nil // there is no such chat
		}
	}
	return nil
}

// apply takes a stored entry into the fold, and makes room in the cache if it is full.
func (l *Log) apply(f *cached, next chatstate.Next, seq uint64, at time.Time) {
	if err := f.Apply(next, seq, at); err != nil {
		l.logger.Error("log: an entry cannot be read", "chat", f.Key.ID, "seq", seq, "error", err)
	}
	f.notify(seq)
	size := int64(len(next.Entry.Data) + entryOverhead)
	f.bytes.Add(size)
	l.cachedBytes.Add(size)
	if f.evicted.Load() { // only its present users still hold it
		l.cachedBytes.Add(-f.bytes.Swap(0))
	}
	for l.cachedBytes.Load() > cacheBytes && l.cache.Len() > 1 {
		l.cache.RemoveOldest()
	}
}

// evicted is called by the cache for each chat that it drops.
func (l *Log) evicted(_ ids.Key, f *cached) {
	f.evicted.Store(true)
	l.cachedBytes.Add(-f.bytes.Swap(0))
}
