package index

import (
	"context"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// AgentActivity remembers of each agent when he was invited last, and when he came into a
// chat or left one last: what roundRobin and longestIdle go by. It is shared by all
// nodes and survives a restart.
type AgentActivity struct {
	last *store.Mirror[int] // <app>.<agent>.invited and <app>.<agent>.moved; when counts, not what
}

func OpenAgentActivity(ctx context.Context, e *store.Engine) (*AgentActivity, error) {
	kv, err := store.Bucket(ctx, e, "parley_turns", "when each agent was invited, and came into a chat or left one", 0)
	if err != nil {
		return nil, err
	}
	last, err := store.OpenMirror[int](ctx, kv, ">", nil)
	return &AgentActivity{last}, err
}

func (t *AgentActivity) NoteInvited(ctx context.Context, agent ids.Key) error {
	return t.last.Put(ctx, agent.App+"."+agent.ID+".invited", 1)
}

func (t *AgentActivity) NoteMoved(ctx context.Context, agent ids.Key) error {
	return t.last.Put(ctx, agent.App+"."+agent.ID+".moved", 1)
}

// LastInvited grows with each invitation of whichever agent, 0 for who had none. It goes
// by the bucket's own order: the nodes' clocks may differ.
func (t *AgentActivity) LastInvited(agent ids.Key) uint64 {
	return t.last.Get(agent.App + "." + agent.ID + ".invited").Revision
}

// IdleSince is since when the agent came into no chat and left none, zero if he never did.
func (t *AgentActivity) IdleSince(agent ids.Key) time.Time {
	return t.last.Get(agent.App + "." + agent.ID + ".moved").WrittenAt
}
