package identity

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// A silent visitor was made by a page, and has never begun a chat. Scripts make them by the
// thousand. So their record and that of their session have a time to live, which the bucket
// keeps, and which grows with each use of the session. Keep makes them last.

// SilentVisitors is how long the session of a silent visitor lives after its last use. They
// are removed then, within the same time again. Defaults to a day.
func SilentVisitors(life time.Duration) Option {
	return func(i *Store) { i.silentVisitors = life }
}

// silentRecords is how long the records of a silent visitor live: longer than the session, so
// that no use of it finds them gone.
func (i *Store) silentRecords() time.Duration { return 2 * i.silentVisitors }

// lifeOfUser is for how long from now the bucket keeps a user, 0 for ever.
func (i *Store) lifeOfUser(u User) time.Duration {
	if u.Expires == 0 {
		return 0
	}
	return max(time.Second, seconds(u.Expires-ids.Unix(i.now())))
}

// lifeOfSession is for how long the bucket keeps a session after this write, 0 for as long
// as any.
func (i *Store) lifeOfSession(s session) time.Duration {
	if s.Silent {
		return i.silentRecords()
	}
	return 0
}

// silentUntil is when a silent visitor goes who is there now.
func (i *Store) silentUntil() float64 { return ids.Unix(i.now()) + i.silentRecords().Seconds() }

// prolong keeps a silent visitor for as long as the session that was used now. It writes once
// in the life of a session.
func (i *Store) prolong(ctx context.Context, user ids.Key) error {
	return i.setExpiry(ctx, user, func(u User) (float64, bool) {
		return i.silentUntil(), u.Expires != 0 && u.Expires < ids.Unix(i.now())+i.silentVisitors.Seconds()
	})
}

// Keep makes a silent visitor last, and their sessions: the sessions first, so that it is
// repeated if it was interrupted. It changes nothing for others.
func (i *Store) Keep(ctx context.Context, user ids.Key) error {
	u, err := i.User(ctx, user.App, user.ID)
	if err != nil || u.Expires == 0 {
		return err
	}
	var keys []string
	err = store.Each(ctx, i.sessions, sessionKey(user, "*"), func(entry jetstream.KeyValueEntry) { keys = append(keys, entry.Key()) })
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
	if err != nil {
		return err
	}
	return i.setExpiry(ctx, user, func(u User) (float64, bool) { return 0, u.Expires != 0 })
}

// setExpiry gives a user another time to live, if next says so. What it replaces says the
// same of them, and need not be overwritten.
func (i *Store) setExpiry(ctx context.Context, user ids.Key, next func(User) (expires float64, change bool)) error {
	key := userKey(user.App, user.ID)
	for try := range store.Tries {
		u, revision, found, err := store.Read[User](ctx, i.users, key)
		if err == nil && !found {
			err = errUnknownUser
		}
		expires, change := next(u)
		if err != nil || !change {
			return err
		}
		u.Expires = expires
		done, err := store.ReplaceFor(ctx, i.engine, i.users, key, u, i.lifeOfUser(u), revision)
		if err != nil {
			return err
		}
		if done {
			return store.RemoveRevision(ctx, i.engine, i.users, key, revision)
		}
		store.Pause(ctx, try)
	}
	return store.ErrConcurrent
}
