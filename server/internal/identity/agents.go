package identity

import (
	"context"
	"slices"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/password"
	"parley/server/internal/store"
)

// NewAgent describes an agent to be made.
type NewAgent struct {
	Username string   `json:"username"` // unique in the app, 1 to 128 characters
	Password string   `json:"password"` // 8 to 256 characters
	Name     string   `json:"name"`     // defaults to "Agent"
	Nickname string   `json:"nickname"` // what visitors see; defaults to Name
	Role     string   `json:"role"`     // RoleAgent (default) or RoleSupervisor
	Rooms    []string `json:"rooms"`    // rooms that they may serve; empty is every room
	Langs    []string `json:"langs"`    // languages that they speak; empty is every language
	Email    string   `json:"email"`    // by which they log in the first time by a provider; unique in the app
}

// CreateAgent makes an agent. A user name that exists in the app is a 409, a field that
// does not fit a 400 that names it.
func (i *Store) CreateAgent(ctx context.Context, appID string, n NewAgent) (User, error) {
	if err := password.Check(n.Password, n.Username); err != nil {
		return User{}, err
	}
	if err := i.checkEmail(ctx, appID, n.Username, n.Email); err != nil {
		return User{}, err
	}
	return i.addAgent(ctx, appID, n)
}

// addAgent writes the user first and the account second: a crash between the two leaves
// a user who cannot log in, not a user name that is taken for ever.
func (i *Store) addAgent(ctx context.Context, appID string, n NewAgent) (User, error) {
	if n.Role == "" {
		n.Role = RoleAgent
	}
	if !ids.Visible(n.Name) {
		n.Name = "Agent"
	}
	if !ids.Visible(n.Nickname) {
		n.Nickname = n.Name
	}
	if err := checkAgent(n); err != nil {
		return User{}, err
	}
	key := accountKey(appID, n.Username)
	taken := wire.Errorf(wire.NameTaken, "username: an agent with this user name already exists")
	if _, _, found, err := store.Read[account](ctx, i.agents, key); err != nil || found {
		if err == nil {
			err = taken
		}
		return User{}, err
	}
	hash, err := i.hashing.Hash(ctx, password.Share{App: appID}, n.Password)
	if err != nil {
		return User{}, err
	}
	id := ids.New()
	u, err := i.addUser(ctx, appID, User{
		ID: id, ProviderID: id, Name: n.Name, Nickname: n.Nickname, Role: n.Role, Rooms: n.Rooms, Langs: n.Langs, Username: n.Username,
	}, false)
	if err != nil {
		return User{}, err
	}
	fresh, err := store.Create(ctx, i.agents, key, account{User: u.ID, Username: n.Username, Password: hash, Email: n.Email})
	if err == nil && !fresh {
		err = taken
	}
	if err != nil {
		_, _ = store.EraseRecords(ctx, i.engine, i.users, userKey(appID, u.ID))
		return User{}, err
	}
	return u, nil
}

// Agents gives the agents of an app in the order of their user names.
func (i *Store) Agents(ctx context.Context, appID string) ([]User, error) {
	accounts, err := store.List[account](ctx, i.engine, i.agents, appID+".*")
	if err != nil {
		return nil, err
	}
	agents := []User{}
	for _, a := range accounts {
		u, err := i.Agent(ctx, appID, a.User)
		if ids.IsCode(err, wire.CodeNotFound) {
			continue // is being removed
		}
		if err != nil {
			return nil, err
		}
		agents = append(agents, u)
	}
	slices.SortFunc(agents, func(a, b User) int { return strings.Compare(a.Username, b.Username) })
	return agents, nil
}

// Agent gives an agent. A visitor, or an agent who was removed, is a 404.
func (i *Store) Agent(ctx context.Context, appID, agentID string) (User, error) {
	u, err := i.User(ctx, appID, agentID)
	if ids.IsCode(err, wire.CodeNotFound) || err == nil && u.Username == "" {
		return User{}, ErrUnknownAgent(agentID)
	}
	return u, err
}

// ErrUnknownAgent is the 404 for an agent who does not exist.
func ErrUnknownAgent(id string) error {
	return wire.Errorf(wire.UnknownAgent, "unknown agent %q", id)
}

// AgentPatch says what to change of an agent; nil leaves a field as it is.
type AgentPatch struct {
	Name, Nickname, Role *string
	Rooms, Langs         *[]string
	Password             *string // ends their sessions, and removes their passkeys
	ResetSecondFactor    bool    // removes the authenticator app and passkeys of an agent who has lost them, and ends their sessions
	Disabled             *bool   // true ends their sessions too, and they cannot log in

	Email    *string    // "" removes it; ends their sessions
	Provider *Federated // who they are at a provider, without a Subject nobody; ends their sessions
}

// UpdateAgent changes an agent and gives the result. A field that does not fit is a 400
// that names it, and nothing changes. What their log-in needs is changed before the rest.
func (i *Store) UpdateAgent(ctx context.Context, appID, agentID string, patch AgentPatch) (User, error) {
	u, err := i.Agent(ctx, appID, agentID)
	if err == nil {
		err = patch.check(u)
	}
	if err == nil && (patch.Password != nil || patch.ResetSecondFactor || patch.ofProvider()) {
		err = i.updateLogin(ctx, appID, u, patch)
	}
	if err != nil {
		return User{}, err
	}
	return i.changeUser(ctx, appID, agentID, func(u *User) error {
		if u.Username == "" {
			return ErrUnknownAgent(agentID)
		}
		if patch.Disabled != nil && *patch.Disabled {
			u.endSessions("")
		}
		return patch.apply(u)
	})
}

// updateLogin changes the password and who the agent is at a provider, and removes the
// second factor, as far as asked. Passkeys are removed with a new password too: who has
// got into the account may have added one.
func (i *Store) updateLogin(ctx context.Context, appID string, u User, patch AgentPatch) (err error) {
	if err := i.checkProvider(ctx, appID, u.Username, patch); err != nil {
		return err
	}
	hash := ""
	if patch.Password != nil {
		if hash, err = i.hashOf(ctx, appID, u.Username, *patch.Password); err != nil {
			return err
		}
	}
	return i.endingSessions(ctx, appID, u.ID, "", func() error {
		if patch.Password != nil || patch.ResetSecondFactor {
			if err := i.removeKeys(ctx, appID, u.Username, patch.ResetSecondFactor); err != nil {
				return err
			}
		}
		if patch.ofProvider() {
			if err := i.setProvider(ctx, appID, u.Username, patch); err != nil {
				return err
			}
		}
		if hash == "" {
			return nil
		}
		return i.setPassword(ctx, appID, u.Username, hash, "")
	})
}

// removeKeys removes an agent's passkeys, and with totp the authenticator app.
func (i *Store) removeKeys(ctx context.Context, appID, username string, totp bool) error {
	return i.changeAccount(ctx, appID, username, func(a *account) error {
		if a.Passkeys = nil; totp {
			a.TOTP, a.Pending = nil, nil
		}
		return nil
	})
}

// check refuses what does not fit, before anything is stored.
func (p AgentPatch) check(u User) error {
	err := p.apply(&u)
	if err == nil {
		_, err = checkUser(u)
	}
	return err
}

// apply sets the fields that are given.
func (p AgentPatch) apply(u *User) error {
	setIf(&u.Name, p.Name)
	setIf(&u.Nickname, p.Nickname)
	setIf(&u.Role, p.Role)
	setIf(&u.Rooms, p.Rooms)
	setIf(&u.Langs, p.Langs)
	setIf(&u.Disabled, p.Disabled)
	if !ids.Visible(u.Name) {
		return wire.Errorf(wire.BadArgument, "name: must not be empty")
	}
	if !ids.Visible(u.Nickname) {
		u.Nickname = u.Name
	}
	return checkAgent(NewAgent{Username: u.Username, Role: u.Role, Rooms: u.Rooms, Langs: u.Langs})
}

// RemoveAgent removes an agent's account and sessions; the user name is free again. The
// user stays, because chats refer to them.
func (i *Store) RemoveAgent(ctx context.Context, appID, agentID string) error {
	disabled := true
	u, err := i.UpdateAgent(ctx, appID, agentID, AgentPatch{Disabled: &disabled})
	if err != nil {
		return err
	}
	// In this order it can be repeated after a crash between the two.
	if _, err := store.EraseRecords(ctx, i.engine, i.agents, accountKey(appID, u.Username)); err != nil {
		return err
	}
	_, err = i.changeUser(ctx, appID, agentID, func(u *User) error {
		u.Username = ""
		return nil
	})
	return err
}
