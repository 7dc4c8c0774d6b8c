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

// session is what is kept of a session, under the digest of its token.
type session struct {
	App  string  `json:"app"`
	User string  `json:"user"`
	Used float64 `json:"used"` // unix seconds, of about the last use

	Epoch int `json:"epoch,omitempty"` // the user's when it began
	// Ended is when a visitor logged out, in unix seconds; 0 while the session lives.
	Ended float64 `json:"ended,omitempty"`
}

// newSession gives the token of a new session: 256 random bits, kept nowhere.
func (i *Store) newSession(ctx context.Context, appID string, u User) (string, error) {
	token := ids.NewSecret()
	record := session{App: appID, User: u.ID, Used: ids.Unix(i.now()), Epoch: u.Epoch}
	_, err := store.Create(ctx, i.sessions, ids.Digest(token), record)
	return token, err
}

// Session gives the user whose session this is, and keeps the session alive. ended
// says that the visitor has logged out, a short while ago. A token that is wrong,
// of another app or too old is a 401.
func (i *Store) Session(ctx context.Context, appID, token string) (u User, ended bool, err error) {
	refused := wire.Errorf(wire.CodeUnauthorized, "the token is not valid, or not any more")
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
	// One write for each hundredth of its life is enough to keep it alive. Written
	// over the revision read, it cannot bring back a session that was logged out.
	if !ended && age > i.sessionLife/100 {
		record.Used = now
		if _, err := store.Replace(ctx, i.sessions, ids.Digest(token), record, revision); err != nil {
			return User{}, false, err
		}
	}
	return u, ended, nil
}

// Logout ends the session with this digest. An agent's is gone at once; with a
// visitor's the conversations can be read for a while yet. One that is none is
// not an error.
func (i *Store) Logout(ctx context.Context, u User, session string) error {
	if !u.IsAgent() {
		return i.endSession(ctx, session)
	}
	err := i.sessions.Purge(ctx, session)
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
