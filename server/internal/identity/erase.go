package identity

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// EraseUser removes a user's record and the index of their external id, and overwrites
// the bytes. A user who is gone already is not an error.
func (i *Store) EraseUser(ctx context.Context, appID, userID string) error {
	u, err := i.User(ctx, appID, userID)
	if ids.IsCode(err, wire.CodeNotFound) {
		return nil
	}
	if err == nil && u.ExternalID != "" {
		_, err = store.EraseRecords(ctx, i.engine, i.users, externalKey(appID, u.ExternalID))
	}
	if err == nil {
		_, err = purgeAll(ctx, i.engine, i.silent, userKey(appID, u.ID))
	}
	if err == nil {
		_, err = store.EraseRecords(ctx, i.engine, i.users, userKey(appID, u.ID)) // last: it is found again until then
	}
	return err
}

// RemoveSessions removes all sessions of a user and gives their number. They have ended
// before the first is removed.
func (i *Store) RemoveSessions(ctx context.Context, appID, userID string) (int, error) {
	_, err := i.changeUser(ctx, appID, userID, func(u *User) error {
		u.endSessions("")
		return nil
	})
	if err != nil {
		return 0, err
	}
	return purgeAll(ctx, i.engine, i.sessions, userKey(appID, userID)+".*")
}

// purgeAll removes the records of a bucket whose keys match a filter, and gives their number.
func purgeAll(ctx context.Context, e *store.Engine, kv jetstream.KeyValue, filter string) (int, error) {
	var keys []string
	err := store.Each(ctx, e, kv, filter, func(entry jetstream.KeyValueEntry) { keys = append(keys, entry.Key()) })
	for _, key := range keys {
		if err == nil {
			err = kv.Purge(ctx, key, store.PurgeTTL(store.MarkerLife))
		}
	}
	return len(keys), err
}

// EraseApp removes an app with its agents, users and sessions, and overwrites the bytes. Its
// own record goes last: until then the id is not free.
func (i *Store) EraseApp(ctx context.Context, appID string) error {
	for _, kv := range []jetstream.KeyValue{i.agents, i.users} {
		if _, err := store.EraseRecords(ctx, i.engine, kv, appID+".>"); err != nil {
			return err
		}
	}
	_, err := purgeAll(ctx, i.engine, i.sessions, appID+".>")
	if err == nil {
		_, err = purgeAll(ctx, i.engine, i.silent, appID+".*")
	}
	for _, key := range []string{keysKey(appID), appID} {
		if err == nil {
			err = i.apps.Purge(ctx, key)
		}
	}
	return err
}
