package identity

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// A silent visitor was made by a page, and has never begun a chat. Scripts make them by the
// thousand, so they go again by themselves. When they go stands in a bucket of its own, which
// says nothing else of them, and changes with each use of their session. Their own record is
// written once and stays as it is when Keep makes them last: a record that replaced it would
// leave the old one in the files of the store, where no erasure finds it.

// SilentVisitors is how long the session of a silent visitor lives after its last use. They
// are removed then, within the same time again. Defaults to a day.
func SilentVisitors(life time.Duration) Option {
	return func(i *Store) { i.silentVisitors = life }
}

// silentRecords is how long the records of a silent visitor live: longer than the session, so
// that no use of it finds them gone.
func (i *Store) silentRecords() time.Duration { return 2 * i.silentVisitors }

// SilentEvery is how often silent visitors must be looked for whose time is over.
func (i *Store) SilentEvery() time.Duration {
	return min(max(i.silentVisitors/24, 100*time.Millisecond), time.Hour)
}

// lifeOfSession is for how long the bucket keeps a session after this write, 0 for as long
// as any.
func (i *Store) lifeOfSession(s session) time.Duration {
	if s.Silent {
		return i.silentRecords()
	}
	return 0
}

// going is the time of a silent visitor who is being removed, and can be kept no more.
const going = 0

// silentUntil is when a silent visitor goes who is there now, in unix seconds.
func (i *Store) silentUntil() float64 { return ids.Unix(i.now()) + i.silentRecords().Seconds() }

// prolong keeps a silent visitor for as long as the session that was used now. It writes once
// in the life of a session.
func (i *Store) prolong(ctx context.Context, user ids.Key) error {
	_, err := store.Modify(ctx, i.silent, user.Name(), func(at *float64, found bool) error {
		if !found || *at == going || *at >= ids.Unix(i.now())+i.silentVisitors.Seconds() {
			return store.ErrUnchanged
		}
		*at = i.silentUntil()
		return nil
	})
	return err
}

// Keep makes a silent visitor last, and their sessions: the sessions first, so that it is
// repeated if it was interrupted. It changes nothing for others.
func (i *Store) Keep(ctx context.Context, user ids.Key) error {
	if _, err := i.User(ctx, user.App, user.ID); err != nil {
		return err
	}
	for try := range store.Tries {
		at, revision, found, err := store.Read[float64](ctx, i.silent, user.Name())
		if err == nil && found && at == going {
			err = errUnknownUser
		}
		if err != nil || !found {
			return err
		}
		if err := i.keepSessions(ctx, user); err != nil {
			return err
		}
		err = i.silent.Purge(ctx, user.Name(), jetstream.LastRevision(revision), jetstream.PurgeTTL(store.MarkerLife))
		if !store.IsConflict(err) {
			return err
		}
		store.Pause(ctx, try) // they were prolonged meanwhile, or kept, or removed
	}
	return store.ErrConcurrent
}

// keepSessions makes the sessions of a silent visitor last.
func (i *Store) keepSessions(ctx context.Context, user ids.Key) error {
	var keys []string
	err := store.Each(ctx, i.sessions, sessionKey(user, "*"), func(entry jetstream.KeyValueEntry) { keys = append(keys, entry.Key()) })
	for _, key := range keys {
		if err == nil {
			_, err = store.ModifyFor(ctx, i.engine, i.sessions, key, i.lifeOfSession, func(s *session, found bool) error {
				if !found || !s.Silent {
					return store.ErrUnchanged
				}
				s.Silent = false
				return nil
			})
		}
	}
	return err
}

// RemoveSilent removes the silent visitors whose time is over. Any node may do so, also
// several at once; interrupted, the next call goes on.
func (i *Store) RemoveSilent(ctx context.Context) error {
	type silent struct {
		key      string
		revision uint64
		at       float64
	}
	now, over := ids.Unix(i.now()), []silent{}
	err := store.Each(ctx, i.silent, ">", func(entry jetstream.KeyValueEntry) {
		s := silent{entry.Key(), entry.Revision(), going}
		if json.Unmarshal(entry.Value(), &s.at) == nil && s.at <= now {
			over = append(over, s)
		}
	})
	for _, s := range over {
		claimed := s.at == going
		if err == nil && !claimed {
			claimed, err = store.Replace[float64](ctx, i.silent, s.key, going, s.revision)
		}
		if err == nil && claimed { // else they were used or kept meanwhile
			err = store.RemoveRecords(ctx, i.engine, i.users, s.key) // a user has the same key there
			if err == nil {
				err = i.silent.Purge(ctx, s.key, jetstream.PurgeTTL(store.MarkerLife))
			}
		}
	}
	return err
}
