package routing

import (
	"context"
	"slices"

	"parley/core/wire"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/presence"
)

// ServingAgent is an agent on duty.
type AgentOnDuty struct {
	User         identity.User
	Availability presence.Availability
}

func (d *Dispatcher) AgentsOnDuty(ctx context.Context, app string) (list []AgentOnDuty, err error) {
	for id, said := range d.duty.Available(app) {
		u, err := d.identity.User(ctx, app, id)
		if ids.IsCode(err, wire.CodeNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, AgentOnDuty{u, said})
	}
	return list, nil
}

// CountServing counts those who serve a room, "" for any, and speak one of the
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

// SetAvailability notes whether an agent takes chats; who takes no more is not waited for.
func (d *Dispatcher) SetAvailability(ctx context.Context, agent ids.Key, r presence.Availability) error {
	if err := d.duty.Set(ctx, agent, r); err != nil {
		return err
	}
	if r.Available {
		d.wakeQueue(agent.App)
	} else {
		d.ReassignInvitations(agent)
	}
	return nil
}
