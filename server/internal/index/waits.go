package index

import (
	"cmp"
	"math"
	"slices"
)

// Bounds of what the waiting time is reckoned from.
const (
	waitsKept    = 20   // of the latest answered chats of a room
	PlaceUnknown = 60.0 // seconds for a place, as long as no chat was answered
)

// Wait is one that an agent ended, in unix seconds.
type Wait struct{ enqueuedAt, answeredAt float64 }

// remember adds a wait to the latest of a room, in the order of the answers.
func addWait(waits []Wait, w Wait) []Wait {
	at, _ := slices.BinarySearchFunc(waits, w, func(a, b Wait) int {
		return cmp.Or(cmp.Compare(a.answeredAt, b.answeredAt), cmp.Compare(a.enqueuedAt, b.enqueuedAt))
	})
	waits = slices.Insert(waits, at, w)
	return slices.Delete(waits, 0, max(0, len(waits)-waitsKept))
}

// WaitingTime estimates how long a place in the queue still takes, in whole
// seconds: the place times how long the first of the queue stood there lately,
// from when he came or the one before was answered until he was answered
// himself. It is what the last waitsKept answers took, and no promise.
func WaitingTime(waits []Wait, position int) float64 {
	each := PlaceUnknown
	if len(waits) > 0 {
		sum, before := 0.0, 0.0
		for _, w := range waits {
			sum += max(0, w.answeredAt-max(w.enqueuedAt, before))
			before = w.answeredAt
		}
		each = sum / float64(len(waits))
	}
	return math.Round(float64(position) * each)
}
