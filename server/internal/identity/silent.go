package identity

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// A silent visitor was made by a page, and has no chat. Scripts make them by the thousand, so
// they go again by themselves. When they go stands in a bucket of its own, which says nothing
// else of them, and changes with each use of their session. Keep makes them last, when they
// begin a chat, and Fade makes them silent again, when nothing was said in it. Their own record
// is written once and stays as it is: a record that replaced it would leave the old one in the
// files of the store, where no erasure finds it.

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
	u, err := i.User(ctx, user.App, user.ID)
	if err != nil {
		return err
	}
	for try := range store.Tries {
		at, revision, found, err := store.Read[float64](ctx, i.silent, user.Name())
		if err == nil && found && at == going {
			err = errUnknownUser
		}
		if err != nil || !found && !u.ByPage {
			return err
		}
		err = i.silenceSessions(ctx, user, false) // also those that a Fade left that was interrupted
		if err != nil || !found {
			return err
		}
		err = i.silent.Purge(ctx, user.Name(), store.LastRevision(revision), store.PurgeTTL(store.MarkerLife))
		if !store.IsConflict(err) {
			return err
		}
		store.Pause(ctx, try) // they were prolonged meanwhile, or kept, or removed
	}
	return store.ErrConcurrent
}

// SilentLife is how long the session of a silent visitor lives after its last use.
func (i *Store) SilentLife() time.Duration { return i.silentVisitors }

// Fade makes a visitor silent whom a page has made, and tells whether they are now, or are
// gone already. It changes nothing for others, such as those whom the app's server knows. The
// sessions go first: their use must prolong the record as soon as it is there.
func (i *Store) Fade(ctx context.Context, user ids.Key) (silent bool, err error) {
	u, err := i.User(ctx, user.App, user.ID)
	if ids.IsCode(err, wire.CodeNotFound) {
		return true, nil
	}
	if err != nil || !u.ByPage || u.ExternalID != "" {
		return false, err
	}
	if err := i.silenceSessions(ctx, user, true); err != nil {
		return false, err
	}
	_, err = store.Create(ctx, i.silent, user.Name(), i.silentUntil()) // unless it is there
	return err == nil, err
}

// silenceSessions has the sessions of a user live as those of a silent visitor, or as others.
func (i *Store) silenceSessions(ctx context.Context, user ids.Key, silent bool) error {
	var keys []string
	err := store.Each(ctx, i.engine, i.sessions, sessionKey(user, "*"), func(entry jetstream.KeyValueEntry) { keys = append(keys, entry.Key()) })
	for _, key := range keys {
		if err == nil {
			_, err = store.ModifyFor(ctx, i.engine, i.sessions, key, i.lifeOfSession, func(s *session, found bool) error {
				if !found || s.Silent == silent {
					return store.ErrUnchanged
				}
				s.Silent = silent
				return nil
			})
		}
	}
	return err
}

// Chats is what RemoveSilent asks of the chats of a silent visitor.
type Chats struct {
	Goes   func(ctx context.Context, user ids.Key) (bool, error) // tells whether nothing keeps them
	Forget func(ctx context.Context, user ids.Key) error         // removes them from the indexes of chats
}

// RemoveSilent removes the silent visitors whose time is over, and keeps those of them who do
// not go after all, as when a Fade came at the same time as what keeps them. Any node may do
// so, also several at once; interrupted, the next call goes on.
func (i *Store) RemoveSilent(ctx context.Context, chats Chats) error {
	type silent struct {
		user     ids.Key
		revision uint64
		at       float64
	}
	now, over := ids.Unix(i.now()), []silent{}
	err := store.Each(ctx, i.engine, i.silent, ">", func(entry jetstream.KeyValueEntry) {
		app, id, _ := strings.Cut(entry.Key(), ".")
		s := silent{ids.Key{App: app, ID: id}, entry.Revision(), going}
		if json.Unmarshal(entry.Value(), &s.at) == nil && s.at <= now {
			over = append(over, s)
		}
	})
	for _, s := range over {
		claimed := s.at == going
		if err == nil && !claimed {
			claimed, err = i.claimSilent(ctx, s.user, s.revision, chats)
		}
		if err == nil && claimed {
			err = i.removeClaimed(ctx, s.user, chats)
		}
	}
	return err
}

// claimSilent begins to remove a silent visitor, who can be kept no more then. It is false if
// they do not go, or were used or kept since a revision.
func (i *Store) claimSilent(ctx context.Context, user ids.Key, revision uint64, chats Chats) (claimed bool, err error) {
	goes, err := chats.Goes(ctx, user)
	if err == nil && !goes {
		err = i.Keep(ctx, user)
	}
	if err != nil || !goes {
		return false, err
	}
	return store.Replace[float64](ctx, i.silent, user.Name(), going, revision)
}

func (i *Store) removeClaimed(ctx context.Context, user ids.Key, chats Chats) error {
	err := chats.Forget(ctx, user)
	if err == nil {
		err = store.RemoveRecords(ctx, i.engine, i.users, user.Name()) // a user has the same key there
	}
	if err == nil {
		err = i.silent.Purge(ctx, user.Name(), store.PurgeTTL(store.MarkerLife))
	}
	return err
}
