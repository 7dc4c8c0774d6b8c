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

const (
	leaseBeats = 3               // a node that has not written for so many beats is dead
	recordLife = 2 * time.Minute // after which the bucket removes the record of a dead node
)

// Agents knows which agents take chats: those who said so, while they have a
// connection to some node.
type Agents struct {
	availability *store.Mirror[Availability] // <app>.<agent>
	nodes        *store.Mirror[nodeRecord]   // <node>
	node         string                      // this node
	beat         time.Duration               // how often this node writes its record
	settle       time.Duration               // for which an agent counts after their last connection
	isConnected  func(agent ids.Key) bool    // to this node
	onLeft       func(agent ids.Key)

	mu        sync.Mutex
	here      map[ids.Key]*time.Timer // agents of this node; the timer is nil while they are connected
	published []string                // the agents in this node's record
	closing   bool                    // this node writes its record no more
}

// Availability is what an agent said last about taking chats. The zero value is an agent
// who takes none.
type Availability struct {
	Available bool     `json:"available"`
	Rooms     []string `json:"rooms"` // null is all of the agent's rooms
	Since     float64  `json:"since"` // unix seconds
}

// nodeRecord is what a node writes on each beat.
type nodeRecord struct {
	Agents []string `json:"agents"` // <app>.<agent>
}

// OpenAgents opens the buckets, and announces this node until ctx ends. isConnected tells
// whether an agent has a connection to this node. onLeft is called in a goroutine of its
// own when an agent had none for AgentSettle.
func OpenAgents(
	ctx context.Context, e *store.Engine, node string, o Options, isConnected func(ids.Key) bool, onLeft func(ids.Key),
) (*Agents, error) {
	a := &Agents{node: node, beat: o.Beat, isConnected: isConnected, settle: o.AgentSettle, onLeft: onLeft, here: map[ids.Key]*time.Timer{}}
	availability, err := store.Bucket(ctx, e, "parley_duty", "which agents take chats", store.MarkerLife)
	if err != nil {
		return nil, err
	}
	if a.availability, err = store.OpenMirror[Availability](ctx, availability, ">", nil); err != nil {
		return nil, err
	}
	nodes, err := store.ExpiringBucket(ctx, e, "parley_nodes", "which agents are connected to which node", recordLife, store.MarkerLife)
	if err != nil {
		return nil, err
	}
	if a.nodes, err = store.OpenMirror[nodeRecord](ctx, nodes, ">", nil); err != nil {
		return nil, err
	}
	return a, a.publish(ctx, true)
}

// Set stores what an agent says about taking chats.
func (a *Agents) Set(ctx context.Context, agent ids.Key, said Availability) error {
	return a.availability.Put(ctx, agent.Name(), said)
}

// Connected notes that an agent has a connection to this node, and tells the other nodes.
// An agent who takes chats and was not connected comes on duty now.
func (a *Agents) Connected(ctx context.Context, agent ids.Key) (comesOnDuty bool, err error) {
	said := a.availability.Get(agent.Name()).Value
	if comesOnDuty = said.Available && !a.IsConnected(agent); comesOnDuty {
		said.Since = ids.Unix(time.Now())
		if err := a.Set(ctx, agent, said); err != nil {
			return true, err
		}
	}
	a.mu.Lock()
	if leaving := a.here[agent]; leaving != nil {
		leaving.Stop()
	}
	a.here[agent] = nil
	a.mu.Unlock()
	return comesOnDuty, a.publish(ctx, false)
}

// Disconnected notes that an agent has lost their last connection to this node. If they
// have none when AgentSettle is over, it tells the other nodes and calls onLeft; onError
// gets what went wrong. Nothing of that happens after ctx has ended.
func (a *Agents) Disconnected(ctx context.Context, agent ids.Key, onError func(error)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if leaving := a.here[agent]; leaving != nil {
		leaving.Stop()
	}
	a.here[agent] = time.AfterFunc(a.settle, func() {
		a.mu.Lock()
		left := !a.isConnected(agent)
		if left {
			delete(a.here, agent)
		}
		a.mu.Unlock()
		if !left || ctx.Err() != nil {
			return
		}
		if err := a.publish(ctx, false); err != nil {
			onError(err)
		}
		a.onLeft(agent)
	})
}

// publish writes this node's record if it has changed, or if a beat is due.
func (a *Agents) publish(ctx context.Context, due bool) error {
	a.mu.Lock()
	agents := []string{}
	for agent := range a.here {
		agents = append(agents, agent.Name())
	}
	slices.Sort(agents)
	skip := a.closing || !due && slices.Equal(agents, a.published)
	a.published = agents
	a.mu.Unlock()
	if skip {
		return nil
	}
	return a.nodes.Put(ctx, a.node, nodeRecord{agents})
}

// Beat writes this node's record on every beat until ctx ends. onError gets what went
// wrong; the next beat tries again.
func (a *Agents) Beat(ctx context.Context, onError func(error)) {
	ticker := time.NewTicker(a.beat)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			bounded, stop := context.WithTimeout(ctx, a.beat)
			if err := a.publish(bounded, true); err != nil && ctx.Err() == nil {
				onError(err)
			}
			stop()
		case <-ctx.Done():
			return
		}
	}
}

// Close removes this node's record: nobody is connected to it now. It is never written again.
func (a *Agents) Close(ctx context.Context) error {
	a.mu.Lock()
	a.closing = true
	a.mu.Unlock()
	return a.nodes.Remove(ctx, a.node)
}

// IsConnected tells whether an agent has a connection to some node, or lost it less than
// AgentSettle ago.
func (a *Agents) IsConnected(agent ids.Key) bool { return a.connected(agent.App)[agent.ID] }

// connected gives the ids of an app's agents who have a connection to some node.
func (a *Agents) connected(app string) map[string]bool {
	found := map[string]bool{}
	for _, agent := range a.Here(app) {
		found[agent.ID] = true
	}
	for _, r := range a.otherNodes() {
		for _, agent := range r.Value.Agents {
			if id, ofApp := strings.CutPrefix(agent, app+"."); ofApp {
				found[id] = true
			}
		}
	}
	return found
}

// OthersLive tells whether another node serves clients.
func (a *Agents) OthersLive() bool { return len(a.otherNodes()) > 0 }

// otherNodes gives the records of the other nodes that are not dead, by node.
func (a *Agents) otherNodes() map[string]store.Record[nodeRecord] {
	live := a.nodes.WithPrefix("")
	maps.DeleteFunc(live, func(node string, r store.Record[nodeRecord]) bool {
		return node == a.node || time.Since(r.WrittenAt) > leaseBeats*a.beat
	})
	return live
}

// Here gives the agents of an app who have a connection to this node, or lost it less
// than AgentSettle ago.
func (a *Agents) Here(app string) (agents []ids.Key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for agent := range a.here {
		if agent.App == app {
			agents = append(agents, agent)
		}
	}
	return agents
}

// Available gives the agents of an app who take chats and are connected, by id.
func (a *Agents) Available(app string) map[string]Availability {
	found := map[string]Availability{}
	connected := a.connected(app)
	for key, r := range a.availability.WithPrefix(app + ".") {
		id := strings.TrimPrefix(key, app+".")
		if r.Value.Available && connected[id] {
			found[id] = r.Value
		}
	}
	return found
}

// Takes tells whether an agent serves a room: one of the rooms they named, otherwise one
// of their account. An account without rooms serves all.
func (a Availability) Takes(accountRooms []string, room string) bool {
	if a.Rooms != nil {
		return slices.Contains(a.Rooms, room)
	}
	return len(accountRooms) == 0 || slices.Contains(accountRooms, room)
}
