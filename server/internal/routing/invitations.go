package routing

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/webhook"
)

// ErrNobody is how a build says that there is no agent to invite.
var ErrNoAgent = errors.New("nobody to invite")

// Terms fills in what nobody has said about a round: the chat's own terms, else
// the app's settings.
func (d *Dispatcher) CompleteTerms(f *chatstate.Folded, inv chatstate.Invitation) chatstate.Invitation {
	a := d.settings.Of(f.Key.App).Assignment
	inv.ChatID = f.Key.ID
	inv.Algorithm = cmp.Or(inv.Algorithm, a.Algorithm)
	inv.MaxAttempts = cmp.Or(inv.MaxAttempts, f.Config.AssignMaxAttempts, a.MaxAttempts)
	inv.Interval = cmp.Or(inv.Interval, f.Config.AssignTimeout, a.Timeout)
	return inv
}

// Invite makes the next invitation of a round, with regard to a webhook's advice.
func (d *Dispatcher) NextInvitation(ctx context.Context, f *chatstate.Folded, r chatstate.Round, a webhook.Advice) (wire.Raw, error) {
	inv, u, err := d.choose(ctx, f, r)
	if err != nil {
		return nil, err
	}
	if u, err = d.followAdvice(ctx, f, a, inv.Attempt, u); err != nil {
		return nil, err
	}
	if a.Attempt == inv.Attempt {
		inv.Asked = a.Asked
	}
	return json.Marshal(AddressTo(inv, u))
}

// choose finds the agent to invite next in a round.
func (d *Dispatcher) choose(ctx context.Context, f *chatstate.Folded, r chatstate.Round) (inv chatstate.Invitation, u identity.User, err error) {
	inv = d.CompleteTerms(f, r.Invited)
	inv.Asked = nil
	if inv.Attempt++; inv.Attempt > inv.MaxAttempts {
		return inv, u, ErrNoAgent
	}
	onDuty, err := d.AgentsOnDuty(ctx, f.Key.App)
	if err != nil {
		return inv, u, err
	}
	list := d.candidates(f, r, onDuty)
	if len(list) == 0 {
		return inv, u, ErrNoAgent
	}
	return inv, pick(list, inv.Algorithm).user, nil
}

func briefOf(u identity.User) chatstate.AgentBrief {
	return chatstate.AgentBrief{ID: u.ID, Name: u.Name, Nickname: u.Nickname, ProviderID: u.ProviderID}
}

// InviteTo names the agent whom an invitation is for. Its time begins now.
func AddressTo(inv chatstate.Invitation, u identity.User) chatstate.Invitation {
	inv.Agent = briefOf(u)
	inv.ExpiresAt = ids.Unix(time.Now().Add(time.Duration(inv.Interval * float64(time.Second))))
	return inv
}

// candidates are the agents on duty in the chat's room who can be asked now: they
// understand the chat's visitor and have time.
func (d *Dispatcher) candidates(f *chatstate.Folded, r chatstate.Round, onDuty []AgentOnDuty) []candidate {
	return slices.DeleteFunc(keepSpeakers(d.askable(f, r, onDuty)), func(c candidate) bool { return !c.free })
}

// askable are the agents on duty in the chat's room who may be asked in this
// round, now or later; not those who said no or handed the chat over, nor who is
// in it.
func (d *Dispatcher) askable(f *chatstate.Folded, r chatstate.Round, onDuty []AgentOnDuty) (list []candidate) {
	room, lang, limit := chatstate.RoomOf(f.Chat), chatstate.LangOf(f.Chat), d.settings.Of(f.Key.App).Assignment.MaxChatsPerAgent
	for _, a := range onDuty {
		if !a.Availability.Takes(a.User.Rooms, room) || r.Excludes(a.User.ID) || a.User.ID == f.Chat.Creator || f.Chat.Users.Has(a.User.ID) {
			continue
		}
		agent := ids.Key{App: f.Key.App, ID: a.User.ID}
		busy, asked := d.board.Load(agent, f.Key.ID)
		idle := d.activity.IdleSince(agent)
		if since := time.UnixMilli(int64(a.Availability.Since * 1000)); since.After(idle) {
			idle = since
		}
		list = append(list, candidate{
			user: a.User, attempts: r.Attempts(a.User.ID), chats: busy + asked, idleSince: idle,
			lastInvited: d.activity.LastInvited(agent), languages: speaks(a.User.Langs, lang), free: (limit == 0 || busy+asked < limit) && (asked == 0 || !f.Queued()),
		})
	}
	return list
}

// Free tells whether an agent may be invited to one more chat.
func (d *Dispatcher) Free(agent ids.Key) bool {
	limit := d.settings.Of(agent.App).Assignment.MaxChatsPerAgent
	busy, asked := d.board.Load(agent, "")
	return limit == 0 || busy+asked < limit
}

// Full tells whether an agent is in as many chats as he may be invited to.
func (d *Dispatcher) Full(agent ids.Key) bool {
	limit := d.settings.Of(agent.App).Assignment.MaxChatsPerAgent
	busy, _ := d.board.Load(agent, "")
	return limit > 0 && busy >= limit
}

// PushInvitation tells the invited agent.
func (d *Dispatcher) PushInvitation(key ids.Key, now chatstate.State) {
	if now.Round.Pending {
		d.hub.PushToUser(ids.Key{App: key.App, ID: now.Round.Invited.Agent.ID}, gateway.Push{Event: "invitations:new", Data: invitationJSON(now)})
	}
}

func invitationJSON(now chatstate.State) json.RawMessage {
	o := wire.NewObject(nil).Str("chatId", now.Chat.ID).Raw("chat", chatstate.ChatJSON(now.Chat, now.Queued()))
	if creator, in := now.Chat.Users.Find(now.Chat.Creator); in {
		o.Raw("user", creator.Raw)
	}
	return o.Float("expiresAt", now.Round.Invited.ExpiresAt).Done()
}

// PushInvitationEnded tells the agent who was invited that it is over, and who wanted
// to hand the chat over to that agent; but not the connection that ended it.
func (d *Dispatcher) PushInvitationEnded(key ids.Key, before chatstate.Round, reason, except string) {
	if !before.Pending {
		return
	}
	data := wire.NewObject(nil).Str("chatId", key.ID).Str("reason", reason).Done()
	for _, id := range []string{before.Invited.Agent.ID, before.Transfer.By} {
		if id != "" && id != chat.System {
			d.hub.PushToUser(ids.Key{App: key.App, ID: id}, gateway.Push{Except: except, Event: "invitations:end", Data: data})
		}
	}
}

// RoundTaken ends a round, if one was running, whose chat the caller took. Who
// handed it over leaves.
func (d *Dispatcher) EndTakenRound(ctx context.Context, key ids.Key, before chatstate.Round, connID string) {
	if !before.Running {
		return
	}
	d.PushInvitationEnded(key, before, "taken", connID)
	if err := d.ReleaseLeaving(ctx, key); err != nil {
		d.RetryLater(key, err)
	}
}

// SendInvitations tells a connection that opens of the invitations that run.
func (d *Dispatcher) SendInvitations(ctx context.Context, c *gateway.Conn) {
	for _, key := range d.timers.InvitedTo(c.UserKey()) {
		_, now, err := d.log.View(ctx, key, 0)
		if err == nil && now.Round.Pending && now.Round.Invited.Agent.ID == c.Actor.User.ID {
			c.Push(wire.Frame{Event: "invitations:new", Data: wire.Raw(invitationJSON(now))})
		}
	}
}

// mustWait tells whether a round has to wait for the agent who is invited: until
// the invitation runs out, as long as the agent is on duty and there, and has
// time for the chat.
func (d *Dispatcher) awaitsAnswer(key ids.Key, r chatstate.Round) bool {
	agent := ids.Key{App: key.App, ID: r.Invited.Agent.ID}
	_, onDuty := d.duty.Available(key.App)[agent.ID]
	busy := r.Transfer.By == "" && d.Full(agent)
	return r.Pending && onDuty && !busy && ids.Unix(time.Now()) < r.Invited.ExpiresAt
}

// PassOn looks after the chats to which an agent is invited who has gone, or
// takes no more chats.
func (d *Dispatcher) ReassignInvitations(agent ids.Key) {
	for _, key := range d.timers.InvitedTo(agent) {
		d.RunDue(key)
	}
}

// InviteNext goes on with a round whose invitation was rejected or is over: the
// next agent is invited, or the chat is left alone, or rests in the queue. If a webhook is to be asked
// who that shall be, it happens later.
func (d *Dispatcher) InviteNext(ctx context.Context, key ids.Key) error {
	if aside, err := d.inviteWithAdvice(ctx, key); aside || err != nil {
		return err
	}
	return d.inviteNow(ctx, key, webhook.Advice{})
}

func (d *Dispatcher) inviteNow(ctx context.Context, key ids.Key, a webhook.Advice) error {
	var before chatstate.Round
	over := func(f *chatstate.Folded) error {
		before = f.Round
		switch _, there := f.CurrentRound(); {
		case f.Chat.Status == chat.Closed || !there:
			return chatlog.ErrNothing
		case d.awaitsAnswer(key, f.Round) || f.Away && !f.Round.Pending:
			return chatlog.ErrNothing
		}
		return nil
	}
	o, err := d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chat.EventAssign}, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := over(f); err != nil {
			return nil, err
		}
		r, _ := f.CurrentRound()
		return d.NextInvitation(ctx, f, r, a)
	})
	if err == nil && o.Record.Seq != 0 {
		d.PushInvitationEnded(key, before, "expired", "")
		d.PushInvitation(key, o.State)
	}
	if !errors.Is(err, ErrNoAgent) {
		return err
	}
	o, err = d.giveUp(ctx, key, over)
	if err == nil && o.Record.Seq != 0 {
		d.PushInvitationEnded(key, before, "expired", "")
	}
	return err
}
