package routing

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
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

// Pushes to agents about invitations.
const (
	eventInvitation      = "invitations:new"
	eventInvitationEnded = "invitations:end"
)

// ErrNoAgent is returned when there is no agent to invite.
var ErrNoAgent = errors.New("no agent to invite")

// CompleteTerms fills in the terms of a round that were not given: by the chat's own
// terms, else by the app's settings.
func (d *Dispatcher) CompleteTerms(f *chatstate.Folded, inv chatstate.Invitation) chatstate.Invitation {
	a := d.settings.Of(f.Key.App).Assignment
	inv.ChatID = f.Key.ID
	inv.Algorithm = cmp.Or(inv.Algorithm, a.Algorithm)
	inv.MaxAttempts = cmp.Or(inv.MaxAttempts, f.Config.AssignMaxAttempts, a.MaxAttempts)
	inv.Interval = cmp.Or(inv.Interval, f.Config.AssignTimeout, a.Timeout)
	return inv
}

// NextInvitation gives the data of a round's next chats:assign entry. A webhook's
// advice overrides the algorithm's choice. ErrNoAgent means that nobody is left to
// invite, or there were as many attempts as the terms allow.
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

// choose finds the agent to invite next in a round, by its algorithm.
func (d *Dispatcher) choose(
	ctx context.Context, f *chatstate.Folded, r chatstate.Round,
) (inv chatstate.Invitation, u identity.User, err error) {
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

// AddressTo gives an invitation for an agent. Its time begins now.
func AddressTo(inv chatstate.Invitation, u identity.User) chatstate.Invitation {
	inv.Agent = briefOf(u)
	inv.ExpiresAt = ids.Unix(time.Now().Add(time.Duration(inv.Interval * float64(time.Second))))
	return inv
}

func briefOf(u identity.User) chatstate.AgentBrief {
	return chatstate.AgentBrief{ID: u.ID, Name: u.Name, Nickname: u.Nickname, ProviderID: u.ProviderID}
}

// awaitsAnswer tells whether a round waits for the agent who is invited: until the
// invitation expires, as long as the agent is on duty and, unless the chat is handed
// over to them, has room for the chat.
func (d *Dispatcher) awaitsAnswer(key ids.Key, r chatstate.Round) bool {
	agent := ids.Key{App: key.App, ID: r.Invited.Agent.ID}
	_, onDuty := d.presence.Available(key.App)[agent.ID]
	full := r.Transfer.By == "" && d.Load(agent).Full()
	return r.Pending && onDuty && !full && ids.Unix(time.Now()) < r.Invited.ExpiresAt
}

// InviteNext goes on with a round whose invitation was rejected or is over: the next
// agent is invited, or the round is given up. If a webhook is to be asked about the
// agent, this happens in the background.
func (d *Dispatcher) InviteNext(ctx context.Context, key ids.Key) error {
	if asked, err := d.inviteWithAdvice(ctx, key); asked || err != nil {
		return err
	}
	return d.inviteNow(ctx, key, webhook.Advice{})
}

func (d *Dispatcher) inviteNow(ctx context.Context, key ids.Key, a webhook.Advice) error {
	var before chatstate.Round
	over := func(f *chatstate.Folded) error {
		before = f.Round
		switch _, found := f.CurrentRound(); {
		case f.Chat.Status == chat.Closed || !found:
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
	if errors.Is(err, ErrNoAgent) {
		o, err = d.giveUp(ctx, key, over)
	}
	if err == nil && o.Record.Seq != 0 {
		d.PushInvitationEnded(key, before, "expired", "")
		d.PushInvitation(key, o.State)
	}
	return err
}

// EndTakenRound ends a round, if one was running, whose chat was taken from the
// connection connID. Agents who handed the chat over leave it.
func (d *Dispatcher) EndTakenRound(ctx context.Context, key ids.Key, before chatstate.Round, connID string) {
	if !before.Running {
		return
	}
	d.PushInvitationEnded(key, before, "taken", connID)
	if err := d.ReleaseLeaving(ctx, key); err != nil {
		d.RetryLater(key, err)
	}
}

// PushInvitation pushes a chat's pending invitation, if there is one, to its agent.
func (d *Dispatcher) PushInvitation(key ids.Key, now chatstate.State) {
	if now.Round.Pending {
		agent := ids.Key{App: key.App, ID: now.Round.Invited.Agent.ID}
		d.hub.PushToUser(agent, gateway.Push{Event: eventInvitation, Data: invitationJSON(now)})
	}
}

// SendInvitations sends the pending invitations of an agent to a connection that
// they open. Nobody invites visitors, for whom it does not look through the app's chats.
func (d *Dispatcher) SendInvitations(ctx context.Context, c *gateway.Conn) {
	if !c.Actor.User.IsAgent() {
		return
	}
	for _, key := range d.timers.InvitedTo(c.UserKey()) {
		_, now, err := d.log.View(ctx, key, 0)
		if err == nil && now.Round.Pending && now.Round.Invited.Agent.ID == c.Actor.User.ID {
			c.Push(wire.Frame{Event: eventInvitation, Data: wire.Raw(invitationJSON(now))})
		}
	}
}

func invitationJSON(now chatstate.State) json.RawMessage {
	o := wire.NewObject(nil).Str("chatId", now.Chat.ID).Raw("chat", chatstate.ChatJSON(now.Chat, now.Queued()))
	if creator, in := now.Chat.Users.Find(now.Chat.Creator); in {
		o.Raw("user", creator.Raw)
	}
	return o.Float("expiresAt", now.Round.Invited.ExpiresAt).Done()
}

// PushInvitationEnded pushes that the pending invitation of a round, if there was
// one, has ended: to the agent who was invited, and to the one who wanted to hand the
// chat over to them. The connection except, which ended it, gets nothing.
func (d *Dispatcher) PushInvitationEnded(key ids.Key, before chatstate.Round, reason, except string) {
	if !before.Pending {
		return
	}
	data := wire.NewObject(nil).Str("chatId", key.ID).Str("reason", reason).Done()
	for _, id := range []string{before.Invited.Agent.ID, before.Transfer.By} {
		if id != "" && id != chat.System {
			d.hub.PushToUser(ids.Key{App: key.App, ID: id}, gateway.Push{Except: except, Event: eventInvitationEnded, Data: data})
		}
	}
}
