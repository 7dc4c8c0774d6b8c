package identity

import (
	"context"
)

// SetPicture says at which path below /v1 an agent's picture is, "" for none, and gives the
// agent and the path before. An unknown agent, or one who was removed, is a 404.
func (i *Store) SetPicture(ctx context.Context, appID, agentID, path string) (agent User, before string, err error) {
	agent, err = i.changeUser(ctx, appID, agentID, func(u *User) error {
		if u.Username == "" {
			return ErrUnknownAgent(agentID)
		}
		before, u.Picture = u.Picture, path
		return nil
	})
	return agent, before, err
}
