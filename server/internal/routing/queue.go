package routing

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// DispatchQueue invites agents who are free to the chats in an app's queues, the first
// of each room first, then to those that are left alone, the oldest first. It goes by
// what this node knows; of two nodes that do the same, the log takes one.
func (d *Dispatcher) DispatchQueue(ctx context.Context, app string) error {
	select {
	case d.dispatching <- struct{}{}:
		defer func() { <-d.dispatching }()
	case <-ctx.Done():
		return ctx.Err()
	}
	waiting := append(d.board.QueuedUninvited(app), d.board.LeftAlone(app)...)
	if len(waiting) == 0 {
		return nil
	}
	onDuty, err := d.AgentsOnDuty(ctx, app)
	if err != nil {
		return err
	}
	idle := func(a AgentOnDuty) bool { return d.Load(ids.Key{App: app, ID: a.User.ID}).Idle() }
	var failed error
	asking := 0 // chats about which a webhook is asked; each will take an agent
	for _, id := range waiting {
		if !slices.ContainsFunc(onDuty, idle) {
			break
		}
		key := ids.Key{App: app, ID: id}
		if !d.webhooks.IsAsking(key) {
			failed = errors.Join(failed, d.dispatchChat(ctx, key, onDuty, asking)) // it must not hold up the others
		}
		if d.webhooks.IsAsking(key) {
			asking++
		}
	}
	return failed
}

// dispatchChat invites an agent to a chat that waits, if there are more candidates
// than are spoken for.
func (d *Dispatcher) dispatchChat(ctx context.Context, key ids.Key, onDuty []AgentOnDuty, spokenFor int) error {
	now, err := d.log.Glance(ctx, key)
	if err != nil {
		return err
	}
	r, found := now.CurrentRound()
	if !found || r.Pending || now.Away {
		return nil
	}
	if len(d.candidates(chatstate.FromState(key, now), r, onDuty)) <= spokenFor {
		return nil
	}
	return d.InviteNext(ctx, key)
}

// giveUp ends a round in which no agent accepted: a chat in the queue cools down
// there, another is left alone, which is told once. over checks that the round is still
// to be ended.
func (d *Dispatcher) giveUp(ctx context.Context, key ids.Key, over func(*chatstate.Folded) error) (chatlog.Outcome, error) {
	_, now, err := d.log.View(ctx, key, 0)
	if err != nil || now.Queued() || now.Round.Alone {
		return d.startCooldown(ctx, key, over)
	}
	return d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chat.EventAlone}, func(f *chatstate.Folded) (wire.Raw, error) {
		err := over(f)
		switch {
		case err != nil:
		case !f.Round.Running:
			err = chatlog.ErrNothing
		case f.Queued():
			err = errors.New("the chat has come into the queue meanwhile")
		}
		if err != nil {
			return nil, err
		}
		return json.Marshal(chatstate.Alone{ChatID: key.ID})
	})
}

// NoteNobody notes in the log, for the app's webhooks, that a search has found nobody
// to invite. A round that is running notes that itself.
func (d *Dispatcher) NoteNobody(ctx context.Context, key ids.Key) (chatstate.State, error) {
	o, err := d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chat.EventAlone}, func(f *chatstate.Folded) (wire.Raw, error) {
		if f.Round.Running || f.Chat.Attended() || f.Chat.Status == chat.Closed {
			return nil, chatlog.ErrNothing
		}
		return json.Marshal(chatstate.Alone{ChatID: key.ID, Nobody: true})
	})
	return o.State, err
}

// NoteSought notes that a user searches for an agent while the chat is offered again: they
// hear how that ends.
func (d *Dispatcher) NoteSought(ctx context.Context, key ids.Key, userID string) error {
	_, err := d.log.Append(ctx, key, chatlog.Act{By: userID, Event: chatstate.EventSought}, func(f *chatstate.Folded) (wire.Raw, error) {
		if !f.Round.Alone || !f.Round.Running {
			return nil, chatlog.ErrNothing
		}
		return wire.NewObject(nil).Str("chatId", key.ID).Str("userId", userID).Done(), nil
	})
	return err
}

// startCooldown ends the round of a chat in the queue, or of one that was left alone
// before. The chat keeps its position. Agents who were invited already are not invited
// again before the cooldown ends, or, outside of a queue, before they come on duty anew.
func (d *Dispatcher) startCooldown(ctx context.Context, key ids.Key, over func(*chatstate.Folded) error) (chatlog.Outcome, error) {
	return d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chatstate.EventCooldown}, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := over(f); err != nil {
			return nil, err
		}
		c := chatstate.Cooldown{ChatID: key.ID}
		switch {
		case !f.Round.Running || !f.Queued() && !f.Round.Alone:
			return nil, chatlog.ErrNothing
		case f.Queued():
			c.Until = d.CooldownUntil(f)
		}
		return json.Marshal(c)
	})
}

// CooldownUntil gives the end of a cooldown that begins now, in unix seconds: it
// takes as long as an agent has to answer an invitation.
func (d *Dispatcher) CooldownUntil(f *chatstate.Folded) float64 {
	return ids.Unix(time.Now().Add(time.Duration(d.CompleteTerms(f, chatstate.Invitation{}).Interval * float64(time.Second))))
}
