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
}

// newSession gives the token of a new session: 256 random bits, kept nowhere.
func (i *Identity) newSession(ctx context.Context, appID string, u User) (string, error) {
	token := newSecret()
	record := session{App: appID, User: u.ID, Used: unixSeconds(i.now()), Epoch: u.Epoch}
	_, err := create(ctx, i.sessions, digest(token), record)
	return token, err
}

// Session gives the user whose session this is, and keeps the session alive. A
// token that is wrong, of another app, too old or logged out is a 401.
func (i *Identity) Session(ctx context.Context, appID, token string) (User, error) {
	refused := wire.Errorf(wire.CodeUnauthorized, "the token is not valid, or not any more")
	record, revision, found, err := read[session](ctx, i.sessions, digest(token))
	if err != nil {
		return User{}, err
	}
	now := i.now()
	age := time.Duration((unixSeconds(now) - record.Used) * float64(time.Second))
	if !found || record.App != appID || age > i.sessionLife {
		return User{}, refused
	}
	u, err := i.User(ctx, appID, record.User)
	if err == nil && (u.Disabled || u.Epoch != record.Epoch) {
		return User{}, refused
	}
	if gone := new(wire.Error); errors.As(err, &gone) {
		return User{}, refused
	}
	if err != nil {
		return User{}, err
	}
	// One write for each hundredth of its life is enough to keep it alive. Written
	// over the revision read, it cannot bring back a session that was logged out.
	if age > i.sessionLife/100 {
		record.Used = unixSeconds(now)
		if _, err := replace(ctx, i.sessions, digest(token), record, revision); err != nil {
			return User{}, err
		}
	}
	return u, nil
}

// Logout ends the session. A token that is none is not an error.
func (i *Identity) Logout(ctx context.Context, token string) error {
	err := i.sessions.Purge(ctx, digest(token))
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("log out: %w", err)
	}
	return nil
}
