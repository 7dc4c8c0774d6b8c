package server

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Identity knows the apps, their users and agents, and who is logged in.
// Its errors are *wire.Error where the caller did something wrong, and others
// where the engine fails.
type Identity struct {
	apps, users, sessions, agents jetstream.KeyValue

	sessionLife time.Duration
	afterLogout time.Duration
	everywhere  []string // origins that every app accepts
	logins      *loginThrottle
	hashing     *hashGate
	now         func() time.Time
}

// IdentityOption changes a default of NewIdentity.
type IdentityOption func(*Identity)

// SessionLife is how long a session lives after its last use. Defaults to 30
// days; at least a minute.
func SessionLife(life time.Duration) IdentityOption {
	return func(i *Identity) { i.sessionLife = life }
}

// AfterLogout is how long a visitor who has logged out can still read the own
// conversations, as to save a transcript, and answer a survey. Defaults to an
// hour; 0 is not at all.
func AfterLogout(life time.Duration) IdentityOption {
	return func(i *Identity) { i.afterLogout = life }
}

// AllowOrigins lists origins that every app accepts beside its own, in the form
// of App.Origins. Defaults to none.
func AllowOrigins(origins ...string) IdentityOption {
	return func(i *Identity) { i.everywhere = origins }
}

// NewIdentity opens the buckets that Identity keeps its records in, and makes
// those that are missing.
func NewIdentity(ctx context.Context, e *Engine, options ...IdentityOption) (*Identity, error) {
	i := &Identity{
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
		kv, err := e.JS.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: b.name, Description: b.holds, History: 1, TTL: b.life, Replicas: e.Replicas,
		})
		if err != nil {
			return nil, fmt.Errorf("bucket %s: %w", b.name, err)
		}
		*b.into = kv
	}
	return i, nil
}
