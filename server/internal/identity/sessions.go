package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// session is the record of a session; its key is the digest of its token.
type session struct {
	App  string  `json:"app"`
	User string  `json:"user"`
	Used float64 `json:"used"` // about when it was used last, unix seconds

	Epoch int `json:"epoch,omitempty"` // the user's epoch when it began
	// Ended is when its visitor logged out, in unix seconds; 0 before.
	Ended float64 `json:"ended,omitempty"`
}

// newSession gives the token of a new session: 256 random bits, of which only the digest
// is stored.
func (i *Store) newSession(ctx context.Context, appID string, u User) (string, error) {
	token := ids.NewSecret()
	record := session{App: appID, User: u.ID, Used: ids.Unix(i.now()), Epoch: u.Epoch}
	_, err := store.Create(ctx, i.sessions, ids.Digest(token), record)
	return token, err
}

// Session gives the user of a session, and keeps the session alive. ended tells that
// the visitor has logged out, less than AfterLogout ago. A token that is wrong, of
// another app or expired is a 401.
func (i *Store) Session(ctx context.Context, appID, token string) (u User, ended bool, err error) {
	refused := wire.Errorf(wire.SessionEnded, "the token is not valid, or its session is over")
	record, revision, found, err := store.Read[session](ctx, i.sessions, ids.Digest(token))
	if err != nil {
		return User{}, false, err
	}
	now := ids.Unix(i.now())
	age, ended := seconds(now-record.Used), record.Ended != 0
	if !found || record.App != appID || age > i.sessionLife || ended && seconds(now-record.Ended) > i.afterLogout {
		return User{}, false, refused
	}
	u, err = i.User(ctx, appID, record.User)
	if err == nil && (u.Disabled || u.Epoch != record.Epoch) {
		return User{}, false, refused
	}
	if gone := new(wire.Error); errors.As(err, &gone) {
		return User{}, false, refused
	}
	if err != nil {
		return User{}, false, err
	}
	// One write for each hundredth of its life keeps it alive. It replaces the revision
	// that was read, so it cannot bring back a session that has been logged out.
	if !ended && age > i.sessionLife/100 {
		record.Used = now
		if _, err := store.Replace(ctx, i.sessions, ids.Digest(token), record, revision); err != nil {
			return User{}, false, err
		}
	}
	return u, ended, nil
}

// HasSession tells whether there is a session whose token has this digest, and it has not
// ended. One that cannot be read counts as ended.
func (i *Store) HasSession(ctx context.Context, digest string) bool {
	record, _, found, err := store.Read[session](ctx, i.sessions, digest)
	return err == nil && found && record.Ended == 0
}

// Logout ends the session whose token has this digest. An agent's is removed; with a
// visitor's the visitor can still read for AfterLogout. A session that does not exist
// is not an error.
func (i *Store) Logout(ctx context.Context, u User, digest string) error {
	if !u.IsAgent() {
		return i.endSession(ctx, digest)
	}
	err := i.sessions.Purge(ctx, digest)
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("log out: %w", err)
	}
	return nil
}

// endSession marks a visitor's session as ended, once.
func (i *Store) endSession(ctx context.Context, digest string) error {
	_, err := store.Modify(ctx, i.sessions, digest, func(record *session, found bool) error {
		if !found || record.Ended != 0 {
			return store.ErrUnchanged
		}
		record.Ended = ids.Unix(i.now())
		return nil
	})
	return err
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
