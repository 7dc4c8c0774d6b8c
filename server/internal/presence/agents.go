package presence

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// A node says every beat which agents are connected to it; when it has said
// nothing for a lease of so many beats, nobody is, and the node counts as dead.
const (
	presenceLease = 3
	presenceLife  = 2 * time.Minute // of the record itself
)

// Agents knows which agents take chats: those who said so, while they have a
// connection to some node.
type Agents struct {
	availability *store.Mirror[Availability]   // <app>.<agent>
	nodes        *store.Mirror[presenceRecord] // <node>
	node         string
	beatEvery    time.Duration            // a beat
	isConnected  func(agent ids.Key) bool // to this node
	grace        time.Duration            // how long an agent whose connection was lost still counts
	onLeft       func(agent ids.Key)      // called when that time has passed

	mu            sync.Mutex
	connectedHere map[ids.Key]*time.Timer // agents of this node; with a timer, the connection is lost
	published     []string                // what the node's record says
	closing       bool                    // the node is going away, it says nothing more
}

type Availability struct {
	Available bool     `json:"available"`
	Rooms     []string `json:"rooms"` // null is all of the agent's rooms
	Since     float64  `json:"since"` // unix seconds
}

type presenceRecord struct {
	Agents []string `json:"agents"` // <app>.<agent>
}

func OpenAgents(ctx context.Context, e *store.Engine, node string, o Options, connected func(ids.Key) bool, left func(ids.Key)) (*Agents, error) {
	d := &Agents{node: node, beatEvery: o.Beat, isConnected: connected, grace: o.AgentGrace, onLeft: left, connectedHere: map[ids.Key]*time.Timer{}}
	kv, err := store.Bucket(ctx, e, "parley_duty", "which agents take chats", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	if d.availability, err = store.OpenMirror[Availability](ctx, kv, ">", nil); err != nil {
		return nil, err
	}
	nodes, err := store.ExpiringBucket(ctx, e, "parley_nodes", "which agents are connected to which node", presenceLife, store.MarkerLife)
	if err != nil {
		return nil, err
	}
	if d.nodes, err = store.OpenMirror[presenceRecord](ctx, nodes, ">", nil); err != nil {
		return nil, err
	}
	return d, d.publish(ctx, true)
}

// Set is an agent's word on whether he takes chats.
func (d *Agents) Set(ctx context.Context, agent ids.Key, r Availability) error {
	return d.availability.Put(ctx, agent.App+"."+agent.ID, r)
}

// Connected and went tell of an agent's connections to this node.
func (d *Agents) Connected(ctx context.Context, agent ids.Key) error {
	d.mu.Lock()
	if t := d.connectedHere[agent]; t != nil {
		t.Stop()
	}
	d.connectedHere[agent] = nil
	d.mu.Unlock()
	return d.publish(ctx, false)
}

func (d *Agents) Disconnected(ctx context.Context, agent ids.Key, failed func(error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.connectedHere[agent]; t != nil {
		t.Stop()
	}
	d.connectedHere[agent] = time.AfterFunc(d.grace, func() {
		d.mu.Lock()
		gone := !d.isConnected(agent)
		if gone {
			delete(d.connectedHere, agent)
		}
		d.mu.Unlock()
		if !gone || ctx.Err() != nil {
			return
		}
		if err := d.publish(ctx, false); err != nil {
			failed(err)
		}
		d.onLeft(agent)
	})
}

// publish tells the other nodes who is here, if that has changed or is due.
func (d *Agents) publish(ctx context.Context, due bool) error {
	d.mu.Lock()
	r := presenceRecord{Agents: []string{}}
	for agent := range d.connectedHere {
		r.Agents = append(r.Agents, agent.App+"."+agent.ID)
	}
	slices.Sort(r.Agents)
	quiet := d.closing || !due && slices.Equal(r.Agents, d.published)
	d.published = r.Agents
	d.mu.Unlock()
	if quiet {
		return nil
	}
	return d.nodes.Put(ctx, d.node, r)
}

// Beat keeps the node's lease until ctx ends.
func (d *Agents) Beat(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(d.beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			bounded, stop := context.WithTimeout(ctx, d.beatEvery)
			if err := d.publish(bounded, true); err != nil && ctx.Err() == nil {
				failed(err)
			}
			stop()
		case <-ctx.Done():
			return
		}
	}
}

// Close says that nobody is here any more.
func (d *Agents) Close(ctx context.Context) error {
	d.mu.Lock()
	d.closing = true
	d.mu.Unlock()
	return d.nodes.Remove(ctx, d.node)
}

// present gives the agents of an app who have a connection to some node.
func (d *Agents) present(app string) map[string]bool {
	prefix := app + "."
	found := map[string]bool{}
	d.mu.Lock()
	for agent := range d.connectedHere {
		if agent.App == app {
			found[agent.ID] = true
		}
	}
	d.mu.Unlock()
	for _, r := range d.OtherNodes() {
		for _, agent := range r.Value.Agents {
			if id, ours := strings.CutPrefix(agent, prefix); ours {
				found[id] = true
			}
		}
	}
	return found
}

// OtherNodes gives the records of the other nodes that live.
func (d *Agents) OtherNodes() map[string]store.Record[presenceRecord] {
	live := d.nodes.WithPrefix("")
	maps.DeleteFunc(live, func(node string, r store.Record[presenceRecord]) bool {
		return node == d.node || time.Since(r.WrittenAt) > presenceLease*d.beatEvery
	})
	return live
}

// Here gives the agents of an app who have a connection to this node.
func (d *Agents) Here(app string) (agents []ids.Key) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for agent := range d.connectedHere {
		if agent.App == app {
			agents = append(agents, agent)
		}
	}
	return agents
}

// Available gives what the agents of an app said who take chats and are there.
func (d *Agents) Available(app string) map[string]Availability {
	found := map[string]Availability{}
	here := d.present(app)
	for key, r := range d.availability.WithPrefix(app + ".") {
		id := strings.TrimPrefix(key, app+".")
		if r.Value.Available && here[id] {
			found[id] = r.Value
		}
	}
	return found
}

// Takes tells whether an agent serves a room: as he said when he went on duty,
// else as his account says. An account without rooms serves all.
func (r Availability) Takes(accountRooms []string, room string) bool {
	if r.Rooms != nil {
		return slices.Contains(r.Rooms, room)
	}
	return len(accountRooms) == 0 || slices.Contains(accountRooms, room)
}
