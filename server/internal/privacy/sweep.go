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

// FilesDone gives the position in an app's list of closed chats up to which old files are
// removed.
func (s *Store) FilesDone(ctx context.Context, app string) (position uint64, err error) {
	position, _, _, err = store.Read[uint64](ctx, s.kv, "files."+app)
	return position, err
}

// SetFilesDone remembers that position.
func (s *Store) SetFilesDone(ctx context.Context, app string, position uint64) error {
	_, err := store.Modify(ctx, s.kv, "files."+app, func(done *uint64, _ bool) error { *done = position; return nil })
	return err
}
