package server

import (
	"context"
	"slices"

	"parley/core/wire"
)

// servingAgent is an agent on duty.
type servingAgent struct {
	user User
	said dutyRecord
}

func (d *desk) onDuty(ctx context.Context, app string) (list []servingAgent, err error) {
	for id, said := range d.duty.available(app) {
		u, err := d.identity.User(ctx, app, id)
		if isCode(err, wire.CodeNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, servingAgent{u, said})
	}
	return list, nil
}

// countServing counts those who serve a room, "" for any, and speak one of the
// languages, if some are given.
func countServing(list []servingAgent, room string, langs []string) (n int) {
	for _, a := range list {
		inRoom := room == "" || a.said.takes(a.user.Rooms, room)
		suits := len(langs) == 0 || slices.ContainsFunc(langs, func(lang string) bool { return speaks(a.user.Langs, lang) != speaksNot })
		if inRoom && suits {
			n++
		}
	}
	return n
}

// setDuty notes whether an agent takes chats; who takes no more is not waited for.
func (d *desk) setDuty(ctx context.Context, agent chatKey, r dutyRecord) error {
	if err := d.duty.set(ctx, agent, r); err != nil {
		return err
	}
	if r.Available {
		d.look(agent.app)
	} else {
		d.passOn(agent)
	}
	return nil
}
