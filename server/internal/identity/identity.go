package identity

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/server/internal/passkey"
	"parley/server/internal/password"
	"parley/server/internal/proof"
	"parley/server/internal/store"
)

// Store knows the apps, their users and agents, and who is logged in. See Open.
type Store struct {
	engine                        *store.Engine
	apps, users, sessions, agents jetstream.KeyValue
	usedTokens, challenges        jetstream.KeyValue
	silent                        jetstream.KeyValue // when silent visitors go, by the keys of their records

	visitorSessions, agentSessions Life
	silentVisitors                 time.Duration

	afterLogout time.Duration
	everywhere  []string // origins that every app accepts
	logins      *password.Throttle
	hashing     *password.Gate
	now         func() time.Time
}

const day = 24 * time.Hour

// CheckSessionsEvery is how often to ask SessionOf about the session of a connection that
// lasts: so it does not end for want of use, and its end is noticed. Agents can lose rights,
// and are few.
func (i *Store) CheckSessionsEvery(agents bool) time.Duration {
	if agents {
		return min(i.agentSessions.Unused/100, time.Minute)
	}
	return min(i.visitorSessions.Unused/100, i.silentVisitors/100, 5*time.Minute)
}

// Option changes a default of Open.
type Option func(*Store)

// VisitorSessions is how long sessions of visitors live. Defaults to 30 days without use,
// and a year altogether.
func VisitorSessions(life Life) Option {
	return func(i *Store) { i.visitorSessions = life }
}

// AgentSessions is how long sessions of agents live. Defaults to a day without use, and a
// week altogether.
func AgentSessions(life Life) Option {
	return func(i *Store) { i.agentSessions = life }
}

// AfterLogout is how long visitors who have logged out can still read their own
// conversations, for example to save a transcript, and answer a survey; 0 is not at
// all. Defaults to an hour.
func AfterLogout(life time.Duration) Option {
	return func(i *Store) { i.afterLogout = life }
}

// AllowOrigins lists origins that every app accepts besides its own, in the form of
// App.Origins. Defaults to none.
func AllowOrigins(origins ...string) Option {
	return func(i *Store) { i.everywhere = origins }
}

// CheapHashes makes hashes of passwords that are fast to compute and protect nothing.
// It is for tests, which would spend most of their time on proper ones.
func CheapHashes() Option {
	return func(i *Store) { i.hashing = password.NewGate(password.Cost{KiB: 64, Passes: 1, Threads: 1}) }
}

// Clock gives the time in place of the system's. It is for tests of what fades with
// time, which a slow machine would change.
func Clock(now func() time.Time) Option {
	return func(i *Store) { i.now = now }
}

// Check refuses options that make no sense, with an error that names them. Open does so too.
func Check(options ...Option) error {
	_, err := configured(options)
	return err
}

func configured(options []Option) (*Store, error) {
	i := &Store{
		afterLogout: time.Hour,

		visitorSessions: Life{Unused: 30 * day, Whole: 365 * day},
		agentSessions:   Life{Unused: day, Whole: 7 * day},
		silentVisitors:  day,

		logins:  password.NewThrottle(),
		hashing: password.NewGate(password.Recommended),
		now:     time.Now,
	}
	for _, option := range options {
		option(i)
	}
	if err := cmp.Or(i.visitorSessions.check("visitors"), i.agentSessions.check("agents")); err != nil {
		return nil, err
	}
	if i.silentVisitors < time.Second {
		return nil, fmt.Errorf("silent visitors: %s is shorter than a second", i.silentVisitors)
	}
	return i, checkOrigins(i.everywhere)
}

// Open opens the buckets of the records, and makes those that are missing.
func Open(ctx context.Context, e *store.Engine, options ...Option) (*Store, error) {
	i, err := configured(options)
	if err != nil {
		return nil, err
	}
	i.engine = e
	for _, b := range []struct {
		name, description string
		life, marker      time.Duration
		into              *jetstream.KeyValue
	}{
		{"parley_apps", "apps, and the digest of the admin secret", 0, 0, &i.apps},
		// The session's own time decides; the bucket only removes what is long over.
		{"parley_used_tokens", "digests of the ids of tokens that may be used once", proof.MaxLife + time.Hour, 0, &i.usedTokens},
		{"parley_silent", "when visitors go who have no chat", 0, store.MarkerLife, &i.silent},
		{"parley_challenges", "digests of what authenticators are asked to sign for a passkey", passkey.Within, 0, &i.challenges},
		{"parley_sessions", "digests of session tokens", 2 * max(i.visitorSessions.Unused, i.agentSessions.Unused), store.MarkerLife, &i.sessions},
	} {
		kv, err := store.ExpiringBucket(ctx, e, b.name, b.description, b.life, b.marker)
		if err != nil {
			return nil, err
		}
		*b.into = kv
	}
	for _, b := range []struct {
		name, description, older string // older is the bucket of version 1.0.0, whose records cannot be erased
		convert                  func(key string, value []byte) ([]byte, error)
		into                     *jetstream.KeyValue
	}{
		{"parley_people", "visitors and agents, and the index of external ids", "parley_users", onlyClaimed, &i.users},
		{"parley_accounts", "accounts of agents", "parley_agents", unchanged, &i.agents},
	} {
		kv, err := store.PersonalBucket(ctx, e, b.name, b.description)
		if err != nil {
			return nil, err
		}
		if err := store.Adopt(ctx, e, b.older, kv, b.convert); err != nil {
			return nil, err
		}
		*b.into = kv
	}
	return i, nil
}
