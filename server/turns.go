package server

import (
	"context"
	"time"
)

// turns remembers of each agent when he was invited last, and when he came into a
// chat or left one last: what roundRobin and longestIdle go by. It is shared by all
// nodes and survives a restart.
type turns struct {
	last *mirror // <app>.<agent>.invited and <app>.<agent>.moved; when counts, not what
}

func openTurns(ctx context.Context, e *Engine) (*turns, error) {
	kv, err := bucket(ctx, e, "parley_turns", "when each agent was invited, and came into a chat or left one", 0)
	if err != nil {
		return nil, err
	}
	last, err := openMirror(ctx, kv, ">", nil)
	return &turns{last}, err
}

func (t *turns) invited(ctx context.Context, agent chatKey) error {
	return t.last.put(ctx, agent.app+"."+agent.id+".invited", []byte{'1'})
}

func (t *turns) moved(ctx context.Context, agent chatKey) error {
	return t.last.put(ctx, agent.app+"."+agent.id+".moved", []byte{'1'})
}

// turn grows with each invitation of whichever agent, 0 for who had none. It goes
// by the bucket's own order: the nodes' clocks may differ.
func (t *turns) turn(agent chatKey) uint64 {
	_, revision := t.last.record(agent.app + "." + agent.id + ".invited")
	return revision
}

// idle is since when the agent came into no chat and left none, zero if he never did.
func (t *turns) idle(agent chatKey) time.Time {
	return t.last.at(agent.app + "." + agent.id + ".moved")
}
