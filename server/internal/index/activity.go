package index

import (
	"context"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// AgentActivity remembers when each agent was last invited, and when they last came
// into a chat or left one: what the algorithms roundRobin and longestIdle need.
type AgentActivity struct {
	last *store.Mirror[int] // <app>.<agent>.invited and <app>.<agent>.moved; the time of the record counts, not its value
}

// OpenAgentActivity opens the index until ctx ends.
func OpenAgentActivity(ctx context.Context, e *store.Engine) (*AgentActivity, error) {
	kv, err := store.Bucket(ctx, e, "parley_turns", "when each agent was invited, and came into a chat or left one", 0)
	if err != nil {
		return nil, err
	}
	last, err := store.OpenMirror[int](ctx, kv, ">", nil)
	return &AgentActivity{last}, err
}

func invitedKey(agent ids.Key) string { return agent.Name() + ".invited" }
func movedKey(agent ids.Key) string   { return agent.Name() + ".moved" }

// NoteInvited notes that an agent is invited now.
func (a *AgentActivity) NoteInvited(ctx context.Context, agent ids.Key) error {
	return a.last.Put(ctx, invitedKey(agent), 1)
}

// NoteMoved notes that an agent comes into a chat or leaves one now.
func (a *AgentActivity) NoteMoved(ctx context.Context, agent ids.Key) error {
	return a.last.Put(ctx, movedKey(agent), 1)
}

// LastInvited gives a number that is the greater the later the agent was invited, 0 if
// they never were. It is the bucket's own order, as the nodes' clocks may differ.
func (a *AgentActivity) LastInvited(agent ids.Key) uint64 {
	return a.last.Get(invitedKey(agent)).Revision
}

// IdleSince gives when the agent last came into a chat or left one, zero if they never did.
func (a *AgentActivity) IdleSince(agent ids.Key) time.Time {
	return a.last.Get(movedKey(agent)).WrittenAt
}
