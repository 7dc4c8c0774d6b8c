package index

import "parley/core/chat"

// Totals are the chats of all apps on the board.
type Totals struct {
	ByStatus map[string]int
	Queued   int
	Oldest   float64 // unix seconds: when the first of those that wait came into its queue; 0 while none waits
}

// Totals counts the chats of all apps.
func (b *Board) Totals() Totals {
	t := Totals{ByStatus: map[string]int{chat.Waiting.String(): 0, chat.Active.String(): 0}}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.apps {
		for id, c := range a.chats {
			t.ByStatus[c.Status]++
			if c.queueEntry(id).ID == "" {
				continue
			}
			if t.Queued++; t.Oldest == 0 || c.EnqueuedAt < t.Oldest {
				t.Oldest = c.EnqueuedAt
			}
		}
	}
	return t
}
