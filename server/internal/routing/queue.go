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

// LeaveData is the entry of somebody leaving. The last agent leaves the chat to
// the queue, if there is one.
func (d *Dispatcher) LeaveData(f *chatstate.Folded, u chat.User) wire.Raw {
	o := wire.NewObject(nil).Str("chatId", f.Key.ID).Str("userId", u.ID).Raw("user", u.Raw)
	alone := chatstate.Preview(f.Chat, chat.EventLeave, wire.NewObject(nil).Str("userId", u.ID).Done()).Status == chat.Waiting
	if alone && f.Chat.Status == chat.Active && !f.Queue.Enqueued && d.settings.Of(f.Key.App).Queue.Active {
		o.Bool("inQueue", true)
	}
	return o.Done()
}

// Dispatch invites agents who have time to the chats that wait in line, the first
// of each room first. It goes by what this node knows; of two nodes that do the
// same, the log takes one.
func (d *Dispatcher) Dispatch(ctx context.Context, app string) error {
	select {
	case d.dispatching <- struct{}{}:
		defer func() { <-d.dispatching }()
	case <-ctx.Done():
		return ctx.Err()
	}
	waiting := d.board.QueuedUninvited(app)
	if len(waiting) == 0 {
		return nil
	}
	onDuty, err := d.AgentsOnDuty(ctx, app)
	if err != nil {
		return err
	}
	idle := func(a AgentOnDuty) bool { return d.idle(ids.Key{App: app, ID: a.User.ID}) }
	asking := 0 // chats about which a webhook is asked; each will take an agent
	for _, id := range waiting {
		if !slices.ContainsFunc(onDuty, idle) {
			break
		}
		key := ids.Key{App: app, ID: id}
		if d.webhooks.IsAsking(key) {
			asking++
			continue
		}
		_, now, err := d.log.View(ctx, key, 0)
		if err != nil {
			return err
		}
		r, there := now.CurrentRound()
		if there && !r.Pending && !now.Away && len(d.candidates(chatstate.FromState(key, now), r, onDuty)) > asking {
			err = d.InviteNext(ctx, key)
		}
		if err != nil {
			return err
		}
		if d.webhooks.IsAsking(key) {
			asking++
		}
	}
	return nil
}

// idle tells whether an agent can be invited out of a queue: he has time, and no
// invitation to answer. He is asked for one chat after the other.
func (d *Dispatcher) idle(agent ids.Key) bool {
	_, asked := d.board.Load(agent, "")
	return asked == 0 && d.Free(agent)
}

// coolDown ends the round of a chat in the queue for which nobody could be won.
// It keeps its place; whoever was asked already is asked again after the time that
// an agent has to answer, others at any time.
func (d *Dispatcher) startCooldown(ctx context.Context, key ids.Key, over func(*chatstate.Folded) error) (chatlog.Outcome, error) {
	return d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chatstate.EventCooldown}, func(f *chatstate.Folded) (wire.Raw, error) {
		if err := over(f); err != nil {
			return nil, err
		}
		if !f.Round.Running || !f.Queued() {
			return nil, chatlog.ErrNothing
		}
		return json.Marshal(chatstate.Cooldown{ChatID: key.ID, Until: d.CooldownUntil(f)})
	})
}

func (d *Dispatcher) CooldownUntil(f *chatstate.Folded) float64 {
	return ids.Unix(time.Now().Add(time.Duration(d.CompleteTerms(f, chatstate.Invitation{}).Interval * float64(time.Second))))
}

// leaveUnattended ends a round in which nobody could be won: in the queue the chat
// rests, elsewhere it is left alone.
func (d *Dispatcher) giveUp(ctx context.Context, key ids.Key, over func(*chatstate.Folded) error) (chatlog.Outcome, error) {
	_, now, err := d.log.View(ctx, key, 0)
	if err != nil || now.Queued() {
		return d.startCooldown(ctx, key, over)
	}
	return d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chat.EventAlone}, func(f *chatstate.Folded) (wire.Raw, error) {
		err := over(f)
		if err == nil && f.Queued() {
			err = errors.New("the chat has come into the queue meanwhile")
		}
		if err != nil {
			return nil, err
		}
		return wire.NewObject(nil).Str("chatId", key.ID).Done(), nil
	})
}
