package chatlog

import (
	"context"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// Bounds of the cache, in bytes.
const (
	cacheBytes = 256 << 20 // of all chats together, about
	largeBytes = 128 << 20 // of those that are large: who reads many does not push out all others
	largeChat  = 4 << 20

	entryOverhead   = 400 // bytes that an entry takes in memory besides its data, about
	messageOverhead = 32  // and a message, whose text is a part of its entry

	maxUnproven = 1000 // ids that may be those of no chat
)

// cached is a chat in the cache: folded, and how far it is behind the log.
type cached struct {
	*chatstate.Folded
	writing chan struct{} // a lock: held by the one that appends or refreshes
	known   atomic.Uint64 // the highest position that the log is known to have
	stale   atomic.Bool   // the log may have more than known says
	bytes   atomic.Int64  // about how much memory it takes, as far as the cache counts it
	entered atomic.Bool   // it is in the cache, or was
	evicted atomic.Bool   // the cache has dropped it

	deadlines uint64 // Log.deadlines at the last append; guarded by the lock
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

// current gives the chat at the given position or a later one. false means that the log
// has, or may have, more than the fold.
func (c *cached) current(atLeast uint64) (now chatstate.State, ok bool) {
	c.notify(atLeast)
	now = c.Snapshot()
	return now, !c.behind(now.Seq)
}

// cached gives a chat, which may still have to be read. It is in the cache only once there
// is an entry of it: ids that somebody makes up push none out.
func (l *Log) cached(key ids.Key) *cached {
	if f, found := l.cache.Get(key); found {
		if f.bytes.Load() > largeChat {
			l.large.Get(key) // it is used
		}
		return f
	}
	l.entering.Lock()
	defer l.entering.Unlock()
	for _, c := range []*lru.Cache[ids.Key, *cached]{l.cache, l.unproven} {
		if f, found := c.Get(key); found {
			return f
		}
	}
	f := newCached(key)
	l.unproven.Add(key, f)
	return f
}

// enter puts a chat that has an entry into the cache, unless it was read there meanwhile.
func (l *Log) enter(f *cached) {
	l.entering.Lock()
	defer l.entering.Unlock()
	l.unproven.Remove(f.Key)
	if _, found, _ := l.cache.PeekOrAdd(f.Key, f); found {
		f.evicted.Store(true)
	}
}

// notify notes that the log has a position, for the next reader of the chat.
func (l *Log) notify(key ids.Key, seq uint64) {
	if f, found := l.cache.Peek(key); found {
		f.notify(seq)
	}
	l.briefs.remove(key, seq)
}

// count counts the size of a cached chat as it is, and makes room in the cache if it is
// full. The caller holds the chat's lock.
func (l *Log) count(f *cached) {
	if !f.entered.Swap(true) {
		l.enter(f)
	}
	size := f.Bytes + int64(len(f.Log))*entryOverhead + int64(len(f.Messages))*messageOverhead
	l.cachedBytes.Add(size - f.bytes.Swap(size))
	if size > largeChat {
		l.large.Add(f.Key, f)
	}
	if f.evicted.Load() { // only its present users still hold it
		l.uncount(f)
	}
	for l.cachedBytes.Load() > cacheBytes && l.cache.Len() > 1 {
		l.cache.RemoveOldest()
	}
	for size > largeChat && l.allLarge() > largeBytes && l.large.Len() > 1 {
		if key, _, found := l.large.RemoveOldest(); found {
			l.cache.Remove(key)
		}
	}
}

// allLarge is what the large chats take.
func (l *Log) allLarge() (bytes int64) {
	for _, f := range l.large.Values() {
		bytes += f.bytes.Load()
	}
	return bytes
}

// evicted is called by the cache for each chat that it drops.
func (l *Log) evicted(key ids.Key, f *cached) {
	f.evicted.Store(true)
	l.uncount(f)
	if now, current := f.current(0); current && !now.Removed {
		l.briefs.add(key, now)
	}
}

func (l *Log) uncount(f *cached) {
	l.cachedBytes.Add(-f.bytes.Swap(0))
	if large, found := l.large.Peek(f.Key); found && large == f {
		l.large.Remove(f.Key)
	}
}
