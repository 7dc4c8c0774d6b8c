package chatlog

import (
	"context"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// Bounds of what is kept of chats that the cache has dropped.
const (
	maxBriefs  = 1 << 16
	briefBytes = 64 << 20 // of all together, about
	briefFixed = 2 << 10  // of one, besides what its users say of themselves
)

// briefs has what lists need of chats that the cache has dropped: a list must not read a
// chat whole. Each is as the log has it: the next entry removes it.
type briefs struct {
	mu    sync.Mutex
	list  *lru.Cache[ids.Key, chatstate.State]
	bytes int // about
}

func newBriefs() *briefs {
	b := &briefs{}
	b.list, _ = lru.NewWithEvict(maxBriefs, func(_ ids.Key, s chatstate.State) { b.bytes -= sizeOfBrief(s) }) // fails for 0 only
	return b
}

func sizeOfBrief(s chatstate.State) int {
	size := briefFixed + len(s.Chat.Fixed)
	for _, users := range [][]byte{s.Chat.Users.JSON(), s.Chat.Watchers.JSON()} {
		size += len(users)
	}
	return size
}

// add keeps a chat, unless a later state of it is there.
func (b *briefs) add(key ids.Key, now chatstate.State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, found := b.list.Peek(key); found && old.Seq >= now.Seq {
		return
	}
	b.list.Remove(key)
	now = now.Brief()
	b.bytes += sizeOfBrief(now)
	b.list.Add(key, now)
	for b.bytes > briefBytes {
		b.list.RemoveOldest()
	}
}

// remove removes a chat of which the log has a later entry.
func (b *briefs) remove(key ids.Key, seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now, found := b.list.Peek(key); found && now.Seq < seq {
		b.list.Remove(key)
	}
}

func (b *briefs) get(key ids.Key) (now chatstate.State, found bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.list.Get(key)
}

// removeAll removes all chats of an app.
func (b *briefs) removeAll(app string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range b.list.Keys() {
		if key.App == app {
			b.list.Remove(key)
		}
	}
}

// Glance is View for who needs neither the log of the chat nor what was said in it. It
// reads the chat only if this node does not know how it stands.
func (l *Log) Glance(ctx context.Context, key ids.Key) (chatstate.State, error) {
	if f, found := l.cache.Peek(key); found {
		if now, current := f.current(0); current && !now.Removed {
			return now, nil
		}
	}
	if now, found := l.briefs.get(key); found {
		return now, nil
	}
	_, now, err := l.View(ctx, key, 0)
	return now, err
}
