package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// errNobody is how a build says that there is no agent to invite.
var errNobody = errors.New("nobody to invite")

// terms fills in what nobody has said about a round: the chat's own terms, else
// the app's settings.
func (d *desk) terms(f *folded, inv invitation) invitation {
	a := d.settings.of(f.key.app).Assignment
	inv.ChatID = f.key.id
	inv.Algorithm = cmp.Or(inv.Algorithm, a.Algorithm)
	inv.MaxAttempts = cmp.Or(inv.MaxAttempts, f.config.AssignMaxAttempts, a.MaxAttempts)
	inv.Interval = cmp.Or(inv.Interval, f.config.AssignTimeout, a.Timeout)
	return inv
}

// invite makes the next invitation of a round, with regard to a webhook's advice.
func (d *desk) invite(ctx context.Context, f *folded, r round, a advice) (wire.Raw, error) {
	inv, u, err := d.choose(ctx, f, r)
	if err != nil {
		return nil, err
	}
	if u, err = d.take(ctx, f, a, inv.Attempt, u); err != nil {
		return nil, err
	}
	if a.attempt == inv.Attempt {
		inv.Asked = a.asked
	}
	return json.Marshal(inviteTo(inv, u))
}

// choose finds the agent to invite next in a round.
func (d *desk) choose(ctx context.Context, f *folded, r round) (inv invitation, u User, err error) {
	inv = d.terms(f, r.invited)
	inv.Asked = nil
	if inv.Attempt++; inv.Attempt > inv.MaxAttempts {
		return inv, u, errNobody
	}
	onDuty, err := d.onDuty(ctx, f.key.app)
	if err != nil {
		return inv, u, err
	}
	list := d.candidates(f, r, onDuty)
	if len(list) == 0 {
		return inv, u, errNobody
	}
	return inv, first(list, inv.Algorithm).user, nil
}

func briefOf(u User) agentBrief { return agentBrief{u.ID, u.Name, u.Nickname, u.ProviderID} }

// inviteTo names the agent whom an invitation is for. Its time begins now.
func inviteTo(inv invitation, u User) invitation {
	inv.Agent = briefOf(u)
	inv.ExpiresAt = unixSeconds(time.Now().Add(time.Duration(inv.Interval * float64(time.Second))))
	return inv
}

// candidates are the agents on duty in the chat's room who can be asked now: they
// understand the chat's visitor and have time.
func (d *desk) candidates(f *folded, r round, onDuty []servingAgent) []candidate {
	return slices.DeleteFunc(understood(d.askable(f, r, onDuty)), func(c candidate) bool { return !c.free })
}

// askable are the agents on duty in the chat's room who may be asked in this
// round, now or later; not those who said no or handed the chat over, nor who is
// in it.
func (d *desk) askable(f *folded, r round, onDuty []servingAgent) (list []candidate) {
	room, lang, limit := roomOf(f.chat), langOf(f.chat), d.settings.of(f.key.app).Assignment.MaxChatsPerAgent
	for _, a := range onDuty {
		if !a.said.takes(a.user.Rooms, room) || r.spares(a.user.ID) || a.user.ID == f.chat.Creator || f.chat.Users.Has(a.user.ID) {
			continue
		}
		agent := chatKey{f.key.app, a.user.ID}
		busy, asked := d.board.load(agent, f.key.id)
		idle := d.turns.idle(agent)
		if since := time.UnixMilli(int64(a.said.Since * 1000)); since.After(idle) {
			idle = since
		}
		list = append(list, candidate{
			user: a.user, tries: r.tries(a.user.ID), chats: busy + asked, idle: idle,
			turn: d.turns.turn(agent), speech: speaks(a.user.Langs, lang), free: (limit == 0 || busy+asked < limit) && (asked == 0 || !f.queued()),
		})
	}
	return list
}

// free tells whether an agent may be invited to one more chat.
func (d *desk) free(agent chatKey) bool {
	limit := d.settings.of(agent.app).Assignment.MaxChatsPerAgent
	busy, asked := d.board.load(agent, "")
	return limit == 0 || busy+asked < limit
}

// full tells whether an agent is in as many chats as he may be invited to.
func (d *desk) full(agent chatKey) bool {
	limit := d.settings.of(agent.app).Assignment.MaxChatsPerAgent
	busy, _ := d.board.load(agent, "")
	return limit > 0 && busy >= limit
}

// invited tells the invited agent.
func (d *desk) invited(key chatKey, now state) {
	if now.round.out {
		d.hub.whisperToUser(chatKey{key.app, now.round.invited.Agent.ID}, whisper{Event: "invitations:new", Data: invitationJSON(now)})
	}
}

func invitationJSON(now state) json.RawMessage {
	o := wire.NewObject(nil).Str("chatId", now.chat.ID).Raw("chat", plain(now.chat, now.queued()))
	if creator, in := now.chat.Users.Find(now.chat.Creator); in {
		o.Raw("user", creator.Raw)
	}
	return o.Float("expiresAt", now.round.invited.ExpiresAt).Done()
}

// invitationEnded tells the agent who was invited that it is over, and who wanted
// to hand the chat over to that agent; but not the connection that ended it.
func (d *desk) invitationEnded(key chatKey, before round, reason, except string) {
	if !before.out {
		return
	}
	data := wire.NewObject(nil).Str("chatId", key.id).Str("reason", reason).Done()
	for _, id := range []string{before.invited.Agent.ID, before.transfer.By} {
		if id != "" && id != chat.System {
			d.hub.whisperToUser(chatKey{key.app, id}, whisper{Except: except, Event: "invitations:end", Data: data})
		}
	}
}

// roundTaken ends a round, if one was running, whose chat the caller took. Who
// handed it over leaves.
func (d *desk) roundTaken(ctx context.Context, key chatKey, before round, connID string) {
	if !before.running {
		return
	}
	d.invitationEnded(key, before, "taken", connID)
	if err := d.letGo(ctx, key); err != nil {
		d.later(key, err)
	}
}

// inviteAgain tells a connection that opens of the invitations that run.
func (d *desk) inviteAgain(ctx context.Context, c *conn) {
	for _, key := range d.timers.invitedTo(c.userKey()) {
		_, now, err := d.log.View(ctx, key, 0)
		if err == nil && now.round.out && now.round.invited.Agent.ID == c.actor.User.ID {
			c.push(wire.Frame{Event: "invitations:new", Data: wire.Raw(invitationJSON(now))})
		}
	}
}

// waits tells whether a round has to wait for the agent who is invited: until
// the invitation runs out, as long as the agent is on duty and there, and has
// time for the chat.
func (d *desk) waits(key chatKey, r round) bool {
	agent := chatKey{key.app, r.invited.Agent.ID}
	_, onDuty := d.duty.available(key.app)[agent.id]
	busy := r.transfer.By == "" && d.full(agent)
	return r.out && onDuty && !busy && unixSeconds(time.Now()) < r.invited.ExpiresAt
}

// passOn looks after the chats to which an agent is invited who has gone, or
// takes no more chats.
func (d *desk) passOn(agent chatKey) {
	for _, key := range d.timers.invitedTo(agent) {
		d.lookAfter(key)
	}
}

// inviteNext goes on with a round whose invitation was rejected or is over: the
// next agent is invited, or the chat is left alone, or rests in the queue. If a webhook is to be asked
// who that shall be, it happens later.
func (d *desk) inviteNext(ctx context.Context, key chatKey) error {
	if aside, err := d.inviteAdvised(ctx, key); aside || err != nil {
		return err
	}
	return d.inviteNow(ctx, key, advice{})
}

func (d *desk) inviteNow(ctx context.Context, key chatKey, a advice) error {
	var before round
	over := func(f *folded) error {
		before = f.round
		switch _, there := f.roundNow(); {
		case f.chat.Status == chat.Closed || !there:
			return errNothing
		case d.waits(key, f.round) || f.away && !f.round.out:
			return errNothing
		}
		return nil
	}
	o, err := d.log.Append(ctx, key, act{by: chat.System, event: chat.EventAssign}, func(f *folded) (wire.Raw, error) {
		if err := over(f); err != nil {
			return nil, err
		}
		r, _ := f.roundNow()
		return d.invite(ctx, f, r, a)
	})
	if err == nil && o.record.Seq != 0 {
		d.invitationEnded(key, before, "expired", "")
		d.invited(key, o.state)
	}
	if !errors.Is(err, errNobody) {
		return err
	}
	o, err = d.unattended(ctx, key, over)
	if err == nil && o.record.Seq != 0 {
		d.invitationEnded(key, before, "expired", "")
	}
	return err
}
