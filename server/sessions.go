package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
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
func (i *Identity) newSession(ctx context.Context, appID string, u User) (string, error) {
	token := newSecret()
	record := session{App: appID, User: u.ID, Used: unixSeconds(i.now()), Epoch: u.Epoch}
	_, err := create(ctx, i.sessions, digest(token), record)
	return token, err
}

// Session gives the user whose session this is, and keeps the session alive. ended
// says that the visitor has logged out, a short while ago. A token that is wrong,
// of another app or too old is a 401.
func (i *Identity) Session(ctx context.Context, appID, token string) (u User, ended bool, err error) {
	refused := wire.Errorf(wire.CodeUnauthorized, "the token is not valid, or not any more")
	record, revision, found, err := read[session](ctx, i.sessions, digest(token))
	if err != nil {
		return User{}, false, err
	}
	now := unixSeconds(i.now())
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
		if _, err := replace(ctx, i.sessions, digest(token), record, revision); err != nil {
			return User{}, false, err
		}
	}
	return u, ended, nil
}

// Logout ends the session with this digest. An agent's is gone at once; with a
// visitor's the conversations can be read for a while yet. One that is none is
// not an error.
func (i *Identity) Logout(ctx context.Context, u User, session string) error {
	if !u.IsAgent() {
		return i.endSession(ctx, session)
	}
	err := i.sessions.Purge(ctx, session)
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("log out: %w", err)
	}
	return nil
}

func (i *Identity) endSession(ctx context.Context, name string) error {
	for range 10 {
		record, revision, found, err := read[session](ctx, i.sessions, name)
		if err != nil || !found || record.Ended != 0 {
			return err
		}
		record.Ended = unixSeconds(i.now())
		done, err := replace(ctx, i.sessions, name, record, revision)
		if done || err != nil {
			return err
		}
	}
	return errConcurrent
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
