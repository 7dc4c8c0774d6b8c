package server

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A node says every beat which agents are connected to it; when it has said
// nothing for a lease of so many beats, nobody is, and the node counts as dead.
const (
	presenceLease = 3
	presenceLife  = 2 * time.Minute // of the record itself
)

// duty knows which agents take chats: those who said so, while they have a
// connection to some node.
type duty struct {
	said      *mirror // <app>.<agent>: dutyRecord
	nodes     *mirror // <node>: presenceRecord
	node      string
	every     time.Duration            // a beat
	connected func(agent chatKey) bool // to this node
	grace     time.Duration            // how long an agent whose connection was lost still counts
	left      func(agent chatKey)      // called when that time has passed

	mu   sync.Mutex
	here map[chatKey]*time.Timer // agents of this node; with a timer, the connection is lost
	told []byte                  // what the node's record says
	over bool                    // the node is going away, it says nothing more
}

type dutyRecord struct {
	Available bool     `json:"available"`
	Rooms     []string `json:"rooms"` // null is all of the agent's rooms
	Since     float64  `json:"since"` // unix seconds
}

type presenceRecord struct {
	Agents []string `json:"agents"` // <app>.<agent>
}

func openDuty(ctx context.Context, e *Engine, node string, o PresenceOptions, connected func(chatKey) bool, left func(chatKey)) (*duty, error) {
	d := &duty{node: node, every: o.Beat, connected: connected, grace: o.AgentGrace, left: left, here: map[chatKey]*time.Timer{}}
	kv, err := bucket(ctx, e, "parley_duty", "which agents take chats", markerLife)
	if err != nil {
		return nil, err
	}
	if d.said, err = openMirror(ctx, kv, ">", nil); err != nil {
		return nil, err
	}
	nodes, err := e.JS.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: "parley_nodes", Description: "which agents are connected to which node",
		History: 1, TTL: presenceLife, Replicas: e.Replicas, LimitMarkerTTL: markerLife,
	})
	if err != nil {
		return nil, err
	}
	if d.nodes, err = openMirror(ctx, nodes, ">", nil); err != nil {
		return nil, err
	}
	return d, d.publish(ctx, true)
}

// set is an agent's word on whether he takes chats.
func (d *duty) set(ctx context.Context, agent chatKey, r dutyRecord) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return d.said.put(ctx, agent.app+"."+agent.id, data)
}

// came and went tell of an agent's connections to this node.
func (d *duty) came(ctx context.Context, agent chatKey) error {
	d.mu.Lock()
	if t := d.here[agent]; t != nil {
		t.Stop()
	}
	d.here[agent] = nil
	d.mu.Unlock()
	return d.publish(ctx, false)
}

func (d *duty) went(ctx context.Context, agent chatKey, failed func(error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.here[agent]; t != nil {
		t.Stop()
	}
	d.here[agent] = time.AfterFunc(d.grace, func() {
		d.mu.Lock()
		gone := !d.connected(agent)
		if gone {
			delete(d.here, agent)
		}
		d.mu.Unlock()
		if !gone || ctx.Err() != nil {
			return
		}
		if err := d.publish(ctx, false); err != nil {
			failed(err)
		}
		d.left(agent)
	})
}

// publish tells the other nodes who is here, if that has changed or is due.
func (d *duty) publish(ctx context.Context, due bool) error {
	d.mu.Lock()
	r := presenceRecord{Agents: []string{}}
	for agent := range d.here {
		r.Agents = append(r.Agents, agent.app+"."+agent.id)
	}
	slices.Sort(r.Agents)
	data, err := json.Marshal(r)
	quiet := d.over || !due && string(data) == string(d.told)
	d.told = data
	d.mu.Unlock()
	if err != nil || quiet {
		return err
	}
	return d.nodes.put(ctx, d.node, data)
}

// beat keeps the node's lease until ctx ends.
func (d *duty) beat(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(d.every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			bounded, stop := context.WithTimeout(ctx, d.every)
			if err := d.publish(bounded, true); err != nil && ctx.Err() == nil {
				failed(err)
			}
			stop()
		case <-ctx.Done():
			return
		}
	}
}

// close says that nobody is here any more.
func (d *duty) close(ctx context.Context) error {
	d.mu.Lock()
	d.over = true
	d.mu.Unlock()
	return d.nodes.remove(ctx, d.node)
}

// present gives the agents of an app who have a connection to some node.
func (d *duty) present(app string) map[string]bool {
	prefix := app + "."
	found := map[string]bool{}
	d.mu.Lock()
	for agent := range d.here {
		if agent.app == app {
			found[agent.id] = true
		}
	}
	d.mu.Unlock()
	for _, r := range d.others() {
		var there presenceRecord
		if json.Unmarshal(r.value, &there) != nil {
			continue // written by another version of the server
		}
		for _, agent := range there.Agents {
			if id, ours := strings.CutPrefix(agent, prefix); ours {
				found[id] = true
			}
		}
	}
	return found
}

// others gives the records of the other nodes that live.
func (d *duty) others() map[string]mirrored {
	live := d.nodes.under("")
	maps.DeleteFunc(live, func(node string, r mirrored) bool {
		return node == d.node || time.Since(r.at) > presenceLease*d.every
	})
	return live
}

// hereOf gives the agents of an app who have a connection to this node.
func (d *duty) hereOf(app string) (agents []chatKey) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for agent := range d.here {
		if agent.app == app {
			agents = append(agents, agent)
		}
	}
	return agents
}

// available gives what the agents of an app said who take chats and are there.
func (d *duty) available(app string) map[string]dutyRecord {
	found := map[string]dutyRecord{}
	here := d.present(app)
	for key, r := range d.said.under(app + ".") {
		var said dutyRecord
		id := strings.TrimPrefix(key, app+".")
		if json.Unmarshal(r.value, &said) == nil && said.Available && here[id] {
			found[id] = said
		}
	}
	return found
}

// takes tells whether an agent serves a room: as he said when he went on duty,
// else as his account says. An account without rooms serves all.
func (r dutyRecord) takes(accountRooms []string, room string) bool {
	if r.Rooms != nil {
		return slices.Contains(r.Rooms, room)
	}
	return len(accountRooms) == 0 || slices.Contains(accountRooms, room)
}
