package identity

import (
	"context"
	"unicode/utf8"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// account is how an agent logs in; its key has the digest of the user name.
type account struct {
	User     string `json:"user"`
	Username string `json:"username"`
	Password string `json:"password"` // its hash, see password.go
}

func accountKey(appID, username string) string { return appID + "." + ids.Digest(username) }

// Login gives an agent and the token of a new session. A wrong user name and a wrong
// password give the same 401 after the same time, so that nobody learns which names
// exist. After some failures the name is refused with 429 for a while.
func (i *Store) Login(ctx context.Context, appID, username, password string) (User, string, error) {
	key := accountKey(appID, username)
	attempt, err := i.logins.begin(ctx, key, i.now)
	if err != nil {
		return User{}, "", err
	}
	defer attempt.end()
	record, _, found, err := store.Read[account](ctx, i.agents, key)
	if err != nil {
		return User{}, "", err
	}
	if !found {
		record.Password = i.hashing.unmatchable() // takes the same time
	}
	right, err := i.hashing.verify(ctx, password, record.Password)
	if err != nil {
		return User{}, "", err
	}
	if !right || !found {
		attempt.failed(i.now())
		return User{}, "", wire.Errorf(wire.WrongPassword, "wrong username or password")
	}
	attempt.succeeded()
	u, err := i.User(ctx, appID, record.User)
	if err != nil {
		return User{}, "", err
	}
	if u.Disabled {
		return User{}, "", wire.Errorf(wire.AgentDisabled, "the agent is disabled")
	}
	token, err := i.newSession(ctx, appID, u)
	return u, token, err
}

func checkPassword(password string) error {
	if length := utf8.RuneCountInString(password); length < 8 || length > 256 {
		return wire.Errorf(wire.BadArgument, "password: must have 8 to 256 characters")
	}
	return nil
}

func (i *Store) setPassword(ctx context.Context, appID string, u User, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	hash, err := i.hashing.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = store.Modify(ctx, i.agents, accountKey(appID, u.Username), func(record *account, found bool) error {
		if !found {
			return ErrUnknownAgent(u.ID)
		}
		record.Password = hash
		return nil
	})
	return err
}
