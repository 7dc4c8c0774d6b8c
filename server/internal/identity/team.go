package identity

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Agents gives the agents of an app in the order of their user names.
func (i *Store) Agents(ctx context.Context, appID string) ([]User, error) {
	accounts, err := store.List[account](ctx, i.agents, appID+".*")
	if err != nil {
		return nil, err
	}
	agents := []User{}
	for _, a := range accounts {
		u, err := i.Agent(ctx, appID, a.User)
		if ids.IsCode(err, wire.CodeNotFound) {
			continue // being removed
		}
		if err != nil {
			return nil, err
		}
		agents = append(agents, u)
	}
	slices.SortFunc(agents, func(a, b User) int { return strings.Compare(a.Username, b.Username) })
	return agents, nil
}

// Agent gives an agent; a visitor, and who is no agent any more, is a 404.
func (i *Store) Agent(ctx context.Context, appID, agentID string) (User, error) {
	u, err := i.User(ctx, appID, agentID)
	if ids.IsCode(err, wire.CodeNotFound) || err == nil && u.Username == "" {
		return User{}, ErrUnknownAgent(agentID)
	}
	return u, err
}

func ErrUnknownAgent(id string) error {
	return wire.Errorf(wire.CodeNotFound, "unknown agent %q", id)
}

// AgentPatch holds what shall change of an agent; what is nil stays.
type AgentPatch struct {
	Name, Nickname, Role *string
	Rooms, Langs         *[]string
	Password             *string // ends the sessions
	Disabled             *bool   // true ends them too, and there are no new ones
}

// UpdateAgent changes an agent and gives the result. A field that does not fit is
// a 400 naming it.
func (i *Store) UpdateAgent(ctx context.Context, appID, agentID string, patch AgentPatch) (User, error) {
	u, err := i.Agent(ctx, appID, agentID)
	if err == nil && patch.Password != nil {
		err = i.setPassword(ctx, appID, u, *patch.Password)
	}
	if err != nil {
		return User{}, err
	}
	return i.changeUser(ctx, appID, agentID, func(u *User) error {
		if u.Username == "" {
			return ErrUnknownAgent(agentID)
		}
		setIf(&u.Name, patch.Name)
		setIf(&u.Nickname, patch.Nickname)
		setIf(&u.Role, patch.Role)
		setIf(&u.Rooms, patch.Rooms)
		setIf(&u.Langs, patch.Langs)
		setIf(&u.Disabled, patch.Disabled)
		if u.Name = strings.TrimSpace(u.Name); u.Name == "" {
			return wire.Errorf(wire.CodeBadRequest, "name: must not be empty")
		}
		u.Nickname = cmp.Or(u.Nickname, u.Name)
		if patch.Password != nil || patch.Disabled != nil && *patch.Disabled {
			u.Epoch++
		}
		return checkAgent(NewAgent{Username: u.Username, Role: u.Role, Rooms: u.Rooms, Langs: u.Langs})
	})
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

// RemoveAgent takes the account away, and the sessions; the user name is free
// again. The user stays, as chats tell of him.
func (i *Store) RemoveAgent(ctx context.Context, appID, agentID string) error {
	u, err := i.Agent(ctx, appID, agentID)
	if err != nil {
		return err
	}
	// In this order it can be done again after a stop between the two.
	if err := i.agents.Purge(ctx, accountKey(appID, u.Username)); err != nil {
		return err
	}
	_, err = i.changeUser(ctx, appID, agentID, func(u *User) error {
		u.Username, u.Disabled = "", true
		u.Epoch++
		return nil
	})
	return err
}
