package identity

import (
	"context"
	"unicode/utf8"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// account is how an agent logs in, under the digest of the user name.
type account struct {
	User     string `json:"user"`
	Username string `json:"username"`
	Password string `json:"password"` // hashed, see password.go
}

// NewAgent is what it takes to make an agent.
type NewAgent struct {
	Username string   `json:"username"` // unique in the app, 1 to 128 characters
	Password string   `json:"password"` // 8 to 256 characters
	Name     string   `json:"name"`     // defaults to "Agent"
	Nickname string   `json:"nickname"` // what visitors see; defaults to Name
	Role     string   `json:"role"`     // RoleAgent (default) or RoleSupervisor
	Rooms    []string `json:"rooms"`    // rooms the agent may serve; empty is every room
	Langs    []string `json:"langs"`    // languages the agent speaks; empty is every language
}

// CreateAgent makes an agent. A user name that exists in the app is a 409, a
// field that does not fit a 400 naming it.
func (i *Store) CreateAgent(ctx context.Context, appID string, n NewAgent) (User, error) {
	if err := checkPassword(n.Password); err != nil {
		return User{}, err
	}
	return i.addAgent(ctx, appID, n)
}

func checkPassword(password string) error {
	if length := utf8.RuneCountInString(password); length < 8 || length > 256 {
		return wire.Errorf(wire.CodeBadRequest, "password: must have 8 to 256 characters")
	}
	return nil
}

// addAgent writes the user first and the account second: a stop between the two
// leaves a user who cannot log in, not a name that is taken for ever.
func (i *Store) addAgent(ctx context.Context, appID string, n NewAgent) (User, error) {
	if n.Role == "" {
		n.Role = RoleAgent
	}
	if n.Name == "" {
		n.Name = "Agent"
	}
	if n.Nickname == "" {
		n.Nickname = n.Name
	}
	if err := checkAgent(n); err != nil {
		return User{}, err
	}
	key := accountKey(appID, n.Username)
	taken := wire.Errorf(wire.CodeConflict, "username: an agent with it exists already")
	if _, _, found, err := store.Read[account](ctx, i.agents, key); err != nil || found {
		if err == nil {
			err = taken
		}
		return User{}, err
	}
	hash, err := i.hashing.hash(ctx, n.Password)
	if err != nil {
		return User{}, err
	}
	id := ids.New()
	u, err := i.addUser(ctx, appID, User{
		ID: id, ProviderID: id, Name: n.Name, Nickname: n.Nickname, Role: n.Role, Rooms: n.Rooms, Langs: n.Langs, Username: n.Username,
	})
	if err != nil {
		return User{}, err
	}
	fresh, err := store.Create(ctx, i.agents, key, account{u.ID, n.Username, hash})
	if err == nil && !fresh {
		err = taken
	}
	if err != nil {
		_ = i.users.Purge(ctx, userKey(appID, u.ID))
		return User{}, err
	}
	return u, nil
}

// Login gives an agent and the token of a new session. A wrong name and a wrong
// password are the same 401, and take the same time; after some failures the
// name is refused with 429 for a while.
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
		record.Password = i.hashing.nobodys() // the same work, always in vain
	}
	right, err := i.hashing.verify(ctx, password, record.Password)
	if err != nil {
		return User{}, "", err
	}
	if !right || !found {
		attempt.failed(i.now())
		return User{}, "", wire.Errorf(wire.CodeUnauthorized, "wrong username or password")
	}
	attempt.succeeded()
	u, err := i.User(ctx, appID, record.User)
	if err != nil {
		return User{}, "", err
	}
	if u.Disabled {
		return User{}, "", wire.Errorf(wire.CodeForbidden, "the agent is disabled")
	}
	token, err := i.newSession(ctx, appID, u)
	return u, token, err
}

func accountKey(appID, username string) string { return appID + "." + ids.Digest(username) }
