package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
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

// read gets a record; found is false when there is none.
func read[T any](ctx context.Context, kv jetstream.KeyValue, key string) (record T, revision uint64, found bool, err error) {
	entry, err := kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return record, 0, false, nil
	}
	if err != nil {
		return record, 0, false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	if err := json.Unmarshal(entry.Value(), &record); err != nil {
		return record, 0, false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	return record, entry.Revision(), true, nil
}

// list gets the records whose keys match a filter.
func list[T any](ctx context.Context, kv jetstream.KeyValue, filter string) (records []T, err error) {
	failed := func(err error) error { return fmt.Errorf("%s %s: %w", kv.Bucket(), filter, err) }
	watcher, err := kv.Watch(ctx, filter, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, failed(err)
	}
	defer func() { _ = watcher.Stop() }()
	for {
		select {
		case entry := <-watcher.Updates():
			if entry == nil { // there are no more
				return records, nil
			}
			var record T
			if err := json.Unmarshal(entry.Value(), &record); err != nil {
				return nil, failed(err)
			}
			records = append(records, record)
		case <-ctx.Done():
			return nil, failed(ctx.Err())
		}
	}
}

// create writes a record that must not be there yet; fresh is false when it is.
func create(ctx context.Context, kv jetstream.KeyValue, key string, record any) (fresh bool, err error) {
	data, err := json.Marshal(record)
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	_, err = kv.Create(ctx, key, data)
	if errors.Is(err, jetstream.ErrKeyExists) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	return true, nil
}

// replace writes a record over the revision read; done is false when somebody
// else changed it meanwhile.
func replace(ctx context.Context, kv jetstream.KeyValue, key string, record any, revision uint64) (done bool, err error) {
	data, err := json.Marshal(record)
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	_, err = kv.Update(ctx, key, data, revision)
	if changed := new(jetstream.APIError); errors.As(err, &changed) && changed.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", kv.Bucket(), key, err)
	}
	return true, nil
}

// unixSeconds is a time as records and the wire have it.
func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

var errConcurrent = wire.Errorf(wire.CodeConflict, "changed by somebody else at the same time; try again")
