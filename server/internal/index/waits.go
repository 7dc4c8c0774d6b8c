package index

import (
	"cmp"
	"math"
	"slices"
)

// What a waiting time is estimated from.
const (
	waitsKept   = 20   // the latest waits of a room that were answered
	defaultWait = 60.0 // seconds for each position, until a chat was answered
)

// Wait is a chat's wait in a queue that an agent ended, in unix seconds.
type Wait struct{ enqueuedAt, answeredAt float64 }

// addWait adds a wait to the latest of a room, in the order of the answers.
func addWait(waits []Wait, w Wait) []Wait {
	at, _ := slices.BinarySearchFunc(waits, w, func(a, b Wait) int {
		return cmp.Or(cmp.Compare(a.answeredAt, b.answeredAt), cmp.Compare(a.enqueuedAt, b.enqueuedAt))
	})
	waits = slices.Insert(waits, at, w)
	return slices.Delete(waits, 0, max(0, len(waits)-waitsKept))
}

// WaitingTime estimates, in whole seconds, how long a chat at a position still waits:
// the position times the mean time for which the latest answered chats were the first
// in their queue. A chat became the first when it came in or when the one before it was
// answered, whichever was later.
func WaitingTime(waits []Wait, position int) float64 {
	each := defaultWait
	if len(waits) > 0 {
		sum, previous := 0.0, 0.0
		for _, w := range waits {
			sum += max(0, w.answeredAt-max(w.enqueuedAt, previous))
			previous = w.answeredAt
		}
		each = sum / float64(len(waits))
	}
	return math.Round(float64(position) * each)
}
