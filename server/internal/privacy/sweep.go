package privacy

import (
	"context"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Claim tells whether the caller is the one node that sweeps now: nobody has for a time.
func (s *Store) Claim(ctx context.Context, every time.Duration) (mine bool, err error) {
	now := ids.Unix(time.Now())
	_, err = store.Modify(ctx, s.kv, "sweep", func(next *float64, _ bool) error {
		if mine = now >= *next || *next > now+2*every.Seconds(); !mine { // a time far ahead is of a wrong clock
			return store.ErrUnchanged
		}
		*next = now + every.Seconds()
		return nil
	})
	return mine && err == nil, err
}

// Sweep is what an app's list of closed chats is read for, from the oldest on.
type Sweep string

// Sweeps that remember how far they have come.
const (
	OldFiles    Sweep = "files"  // but for those of the chats that were passed over
	SilentChats Sweep = "silent" // and their visitors
)

func (w Sweep) key(app string) string { return string(w) + "." + app }

// Done gives the position in an app's list of closed chats up to which a sweep has come.
func (s *Store) Done(ctx context.Context, of Sweep, app string) (position uint64, err error) {
	position, _, _, err = store.Read[uint64](ctx, s.kv, of.key(app))
	return position, err
}

// SetDone remembers that position.
func (s *Store) SetDone(ctx context.Context, of Sweep, app string, position uint64) error {
	_, err := store.Modify(ctx, s.kv, of.key(app), func(done *uint64, _ bool) error { *done = position; return nil })
	return err
}

// Passed is a closed chat that a sweep of files has passed over, since it was on hold.
type Passed struct {
	ID string    `json:"id"`
	At time.Time `json:"at"` // when it was closed
}

func passedPrefix(app string) string { return "passed." + app + "." }

// PassOver remembers such a chat, so that the sweep need not stop at it.
func (s *Store) PassOver(ctx context.Context, app string, p Passed) error {
	_, err := store.Create(ctx, s.kv, passedPrefix(app)+p.ID, p)
	return err
}

// PassedOver gives the chats of an app that were passed over.
func (s *Store) PassedOver(ctx context.Context, app string) ([]Passed, error) {
	return store.List[Passed](ctx, s.engine, s.kv, passedPrefix(app)+"*")
}

// MadeUp notes that the files of a chat that was passed over are removed.
func (s *Store) MadeUp(ctx context.Context, app string, p Passed) error {
	return s.purge(ctx, passedPrefix(app)+p.ID)
}
