package identity

import (
	"context"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// endSessions ends the user's sessions, but for the one that is kept, of whose token
// this is the digest, or "".
func (u *User) endSessions(kept string) { u.Epoch, u.Kept = u.Epoch+1, kept }

// hasEnded tells whether the user's sessions of an epoch have ended, and so has the one
// of whose token this is the digest.
func (u *User) hasEnded(epoch int, digest string) bool {
	return u.Epoch != epoch && u.Kept != digest
}

// EndSessions ends all sessions of an agent, who may log in again. An unknown agent is a
// 404.
func (i *Store) EndSessions(ctx context.Context, appID, agentID string) error {
	return i.endSessions(ctx, appID, agentID, "")
}

// endingSessions changes how an agent logs in, and ends their sessions but for the one that
// is kept. They end first, so that none is left if the change fails half-way, and once
// more afterwards: who logs in meanwhile may do so in the old way.
func (i *Store) endingSessions(ctx context.Context, appID, agentID, kept string, change func() error) error {
	if err := i.endSessions(ctx, appID, agentID, kept); err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	return i.endSessions(ctx, appID, agentID, kept)
}

// endSessions ends all sessions of an agent but for one. That one must not have ended.
func (i *Store) endSessions(ctx context.Context, appID, agentID, kept string) error {
	epoch := 0
	if kept != "" {
		record, _, found, err := store.Read[session](ctx, i.sessions, sessionKey(ids.Key{App: appID, ID: agentID}, kept))
		if err == nil && !found {
			err = errSessionOver
		}
		if err != nil {
			return err
		}
		epoch = record.Epoch
	}
	_, err := i.changeUser(ctx, appID, agentID, func(u *User) error {
		if u.Username == "" {
			return ErrUnknownAgent(agentID)
		}
		if kept != "" && u.hasEnded(epoch, kept) {
			return errSessionOver
		}
		u.endSessions(kept)
		return nil
	})
	return err
}
