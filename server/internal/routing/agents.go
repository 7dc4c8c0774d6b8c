package routing

import (
	"context"
	"encoding/json"
	"slices"

	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/presence"
	"parley/server/internal/webhook"
)

// AgentOnDuty is an agent who takes chats and is connected to some node.
type AgentOnDuty struct {
	User         identity.User
	Availability presence.Availability
}

// AgentsOnDuty gives an app's agents on duty, in no order.
func (d *Dispatcher) AgentsOnDuty(ctx context.Context, app string) (list []AgentOnDuty, err error) {
	for id, availability := range d.presence.Available(app) {
		u, err := d.identity.User(ctx, app, id)
		if ids.IsCode(err, wire.CodeNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, AgentOnDuty{u, availability})
	}
	return list, nil
}

// CountAgents counts the agents who serve a room, "" for any, and speak one of the
// languages, if some are given.
func CountAgents(list []AgentOnDuty, room string, langs []string) (n int) {
	for _, a := range list {
		inRoom := room == "" || a.Availability.Takes(a.User.Rooms, room)
		suits := len(langs) == 0 || slices.ContainsFunc(langs, func(lang string) bool { return speaks(a.User.Langs, lang) != speaksNot })
		if inRoom && suits {
			n++
		}
	}
	return n
}

// SetAvailability stores whether an agent takes chats, and acts on it: chats that
// wait are offered to them, or the agent's invitations go to others. Webhooks hear that the agent has
// joined or left their rooms.
func (d *Dispatcher) SetAvailability(ctx context.Context, agent ids.Key, a presence.Availability) error {
	_, before := d.presence.Available(agent.App)[agent.ID]
	if err := d.presence.Set(ctx, agent, a); err != nil {
		return err
	}
	rooms, _ := json.Marshal(a.Rooms) // texts only
	data := wire.NewObject(nil).Str("userId", agent.ID).Raw("rooms", rooms).Done()
	switch {
	case a.Available:
		d.webhooks.Notify(agent.App, webhook.EventRoomJoin, data)
	case before:
		d.webhooks.Notify(agent.App, webhook.EventRoomLeave, data)
	}
	if a.Available {
		d.wakeQueue(agent.App)
	} else {
		d.ReassignInvitations(agent)
	}
	return nil
}

// LeaveRooms has an agent on duty serve some rooms no longer. all are the rooms that they
// serve if they have named none. Without a room left they are off duty. Webhooks hear
// which rooms they have left.
func (d *Dispatcher) LeaveRooms(ctx context.Context, agent ids.Key, all, rooms []string) error {
	now, onDuty := d.presence.Available(agent.App)[agent.ID]
	if !onDuty {
		return nil
	}
	if now.Rooms != nil {
		all = now.Rooms
	} else if len(all) == 0 {
		return wire.Errorf(wire.BadArgument, "rooms: the agent serves whatever rooms there are; leave rooms out to log them out")
	}
	leaves := func(room string) bool { return slices.Contains(rooms, room) }
	stays := func(room string) bool { return !leaves(room) }
	now.Rooms = slices.DeleteFunc(slices.Clone(all), leaves)
	switch len(now.Rooms) {
	case len(all): // they serve none of the rooms
		return nil
	case 0:
		return d.SetAvailability(ctx, agent, presence.Availability{Since: now.Since})
	}
	if err := d.presence.Set(ctx, agent, now); err != nil {
		return err
	}
	left, _ := json.Marshal(slices.DeleteFunc(slices.Clone(all), stays)) // texts only
	d.webhooks.Notify(agent.App, webhook.EventRoomLeave, wire.NewObject(nil).Str("userId", agent.ID).Raw("rooms", left).Done())
	d.ReassignInvitations(agent)
	return nil
}

// AgentConnected notes that an agent has a connection to this node. One who comes back to
// duty by it is offered what waits.
func (d *Dispatcher) AgentConnected(ctx context.Context, agent ids.Key) error {
	comesOnDuty, err := d.presence.Connected(ctx, agent)
	if err == nil && comesOnDuty {
		d.wakeQueue(agent.App)
	}
	return err
}

// ReassignInvitations goes on with the rounds in which an agent is invited who is
// gone, or takes no more chats.
func (d *Dispatcher) ReassignInvitations(agent ids.Key) {
	for _, key := range d.timers.InvitedTo(agent) {
		d.RunDue(key)
	}
}

// FoundAgent gives the agent whom a search that is over, or under way, has found: who is
// in the chat, or else invited, and is there. It gives the zero AgentBrief if there is none.
func (d *Dispatcher) FoundAgent(ctx context.Context, key ids.Key, now chatstate.State) chatstate.AgentBrief {
	connected := func(a chatstate.AgentBrief) bool { return d.presence.IsConnected(ids.Key{App: key.App, ID: a.ID}) }
	for _, a := range chatstate.AttendingAgents(now.Chat) {
		if connected(a) || !d.members.Connects(ctx, key, a.ID) {
			return a
		}
	}
	if now.Round.Pending && connected(now.Round.Invited.Agent) {
		return now.Round.Invited.Agent
	}
	return chatstate.AgentBrief{}
}
