package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// session is the record of a session. Its key has the app, the user and the digest of the
// token, so that a user's sessions are found together.
type session struct {
	Began float64 `json:"began"` // unix seconds
	Used  float64 `json:"used"`  // about when it was used last, unix seconds

	Epoch int `json:"epoch,omitempty"` // the user's epoch when it began
	// Ended is when its visitor logged out, in unix seconds; 0 before.
	Ended float64 `json:"ended,omitempty"`
	// Silent tells that it is removed with its silent visitor.
	Silent bool `json:"silent,omitempty"`

	Network   []byte `json:"network,omitempty"`   // of the client's address, sealed for the user
	UserAgent []byte `json:"userAgent,omitempty"` // a part of what the browser calls itself, sealed for the user
	By        string `json:"by,omitempty"`        // how an agent has logged in
}

// Life is how long a session lives.
type Life struct {
	Unused time.Duration // after its last use
	Whole  time.Duration // altogether, however it is used
}

// shortest is the least that a Life may have.
const shortest = time.Minute

func (l Life) check(whose string) error {
	if l.Unused < shortest {
		return fmt.Errorf("session life of %s: %s is shorter than a minute", whose, l.Unused)
	}
	if l.Whole < l.Unused {
		return fmt.Errorf("session life of %s: %s altogether is shorter than %s without use", whose, l.Whole, l.Unused)
	}
	return nil
}

// lifeOf says how long a session of a user lives.
func (i *Store) lifeOf(u User, s session) Life {
	if u.IsAgent() {
		return i.agentSessions
	}
	if s.Silent {
		return Life{Unused: min(i.silentVisitors, i.visitorSessions.Unused), Whole: i.visitorSessions.Whole}
	}
	return i.visitorSessions
}

// end is when a session ends if it is not used any more.
func (s session) end(life Life) float64 {
	return min(s.Used+life.Unused.Seconds(), s.Began+life.Whole.Seconds())
}

func sessionKey(user ids.Key, digest string) string { return user.Name() + "." + digest }

// newSession gives the token of a new session: the user's id, which says where its record
// is, and 256 random bits. Only the digest of it is stored.
func (i *Store) newSession(ctx context.Context, appID string, u User, silent bool, from Client) (string, error) {
	token := u.ID + "." + ids.NewSecret()
	now := ids.Unix(i.now())
	record := session{
		Began: now, Used: now, Epoch: u.Epoch, Silent: silent,
		Network: u.Seal(from.Network()), UserAgent: u.Seal(from.userAgent()), By: from.By,
	}
	key := sessionKey(ids.Key{App: appID, ID: u.ID}, ids.Digest(token))
	_, err := store.ReplaceFor(ctx, i.engine, i.sessions, key, record, i.lifeOfSession(record), 0)
	return token, err
}

var errSessionOver = wire.Errorf(wire.SessionEnded, "the token is not valid, or its session is over")

// Session gives the user of a session, and keeps the session alive. ended tells that
// the visitor has logged out, less than AfterLogout ago. A token that is wrong, of
// another app or expired is a 401.
func (i *Store) Session(ctx context.Context, appID, token string) (u User, ended bool, err error) {
	userID, _, found := strings.Cut(token, ".")
	if !found || ids.Check("", userID) != nil {
		return User{}, false, errSessionOver
	}
	return i.SessionOf(ctx, ids.Key{App: appID, ID: userID}, ids.Digest(token))
}

// SessionOf is Session for the user's session whose token has this digest.
func (i *Store) SessionOf(ctx context.Context, user ids.Key, digest string) (u User, ended bool, err error) {
	key := sessionKey(user, digest)
	record, revision, found, err := store.Read[session](ctx, i.sessions, key)
	if err == nil && !found {
		err = errSessionOver
	}
	if err == nil {
		u, err = i.User(ctx, user.App, user.ID)
	}
	if ids.IsCode(err, wire.CodeNotFound) {
		err = errSessionOver
	}
	if err != nil {
		return User{}, false, err
	}
	now, life := ids.Unix(i.now()), i.lifeOf(u, record)
	ended = record.Ended != 0
	if u.Disabled || u.hasEnded(record.Epoch, digest) || now >= record.end(life) || ended && seconds(now-record.Ended) > i.afterLogout {
		return User{}, false, errSessionOver
	}
	// One write for each hundredth of its life keeps it alive. It replaces the revision
	// that was read, so it cannot bring back a session that has been logged out.
	if !ended && seconds(now-record.Used) > life.Unused/100 {
		record.Used = now
		if _, err := store.ReplaceFor(ctx, i.engine, i.sessions, key, record, i.lifeOfSession(record), revision); err != nil {
			return User{}, false, err
		}
	}
	if !ended && record.Silent {
		if err := i.prolong(ctx, user); err != nil {
			return User{}, false, err
		}
	}
	return u, ended, nil
}

// HasSession tells whether a user has a session whose token has this digest, and it has
// not ended. One that cannot be read counts as ended.
func (i *Store) HasSession(ctx context.Context, user ids.Key, digest string) bool {
	record, _, found, err := store.Read[session](ctx, i.sessions, sessionKey(user, digest))
	return err == nil && found && record.Ended == 0
}

// Logout ends the session whose token has this digest. An agent's is removed; with a
// visitor's the visitor can still read for AfterLogout. A session that does not exist
// is not an error.
func (i *Store) Logout(ctx context.Context, appID string, u User, digest string) error {
	key := sessionKey(ids.Key{App: appID, ID: u.ID}, digest)
	if !u.IsAgent() {
		return i.endSession(ctx, key)
	}
	err := i.sessions.Purge(ctx, key)
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("log out: %w", err)
	}
	return nil
}

// endSession marks a visitor's session as ended, once.
func (i *Store) endSession(ctx context.Context, key string) error {
	_, err := store.ModifyFor(ctx, i.engine, i.sessions, key, i.lifeOfSession, func(record *session, found bool) error {
		if !found || record.Ended != 0 {
			return store.ErrUnchanged
		}
		record.Ended = ids.Unix(i.now())
		return nil
	})
	return err
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
