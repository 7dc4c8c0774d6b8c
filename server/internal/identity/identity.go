package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/store"
)

// Store knows the apps, their users and agents, and who is logged in.
// Its errors are *wire.Error where the caller did something wrong, and others
// where the engine fails.
type Store struct {
	apps, users, sessions, agents jetstream.KeyValue

	sessionLife time.Duration
	afterLogout time.Duration
	everywhere  []string // origins that every app accepts
	logins      *loginThrottle
	hashing     *hashGate
	now         func() time.Time
}

// Option changes a default of NewIdentity.
type Option func(*Store)

// SessionLife is how long a session lives after its last use. Defaults to 30
// days; at least a minute.
func SessionLife(life time.Duration) Option {
	return func(i *Store) { i.sessionLife = life }
}

// AfterLogout is how long a visitor who has logged out can still read the own
// conversations, as to save a transcript, and answer a survey. Defaults to an
// hour; 0 is not at all.
func AfterLogout(life time.Duration) Option {
	return func(i *Store) { i.afterLogout = life }
}

// AllowOrigins lists origins that every app accepts beside its own, in the form
// of App.Origins. Defaults to none.
func AllowOrigins(origins ...string) Option {
	return func(i *Store) { i.everywhere = origins }
}

// CheapHashes makes passwords' hashes so cheap that they protect nothing: for tests,
// most of whose time proper ones would take.
func CheapHashes() Option {
	return func(i *Store) { i.hashing.cost = hashCost{kib: 64, passes: 1, threads: 1} }
}

// Open opens the buckets that Identity keeps its records in, and makes
// those that are missing.
func Open(ctx context.Context, e *store.Engine, options ...Option) (*Store, error) {
	i := &Store{
		sessionLife: 30 * 24 * time.Hour,
		afterLogout: time.Hour,
		logins:      newLoginThrottle(),
		hashing:     newHashGate(),
		now:         time.Now,
	}
	for _, option := range options {
		option(i)
	}
	if i.sessionLife < time.Minute {
		return nil, fmt.Errorf("session life: %s is shorter than a minute", i.sessionLife)
	}
	if err := checkOrigins(i.everywhere); err != nil {
		return nil, err
	}
	for _, b := range []struct {
		name, holds string
		life        time.Duration
		into        *jetstream.KeyValue
	}{
		{"parley_apps", "apps, and the digest of the admin secret", 0, &i.apps},
		{"parley_users", "visitors and agents, and the index of external ids", 0, &i.users},
		{"parley_agents", "accounts of agents", 0, &i.agents},
		// Twice the life: the record's own time decides, the bucket only clears up.
		{"parley_sessions", "digests of session tokens", 2 * i.sessionLife, &i.sessions},
	} {
		kv, err := store.ExpiringBucket(ctx, e, b.name, b.holds, b.life, 0)
		if err != nil {
			return nil, err
		}
		*b.into = kv
	}
	return i, nil
}
