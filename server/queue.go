package server

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// leaveData is the entry of somebody leaving. The last agent leaves the chat to
// the queue, if there is one.
func (d *desk) leaveData(f *folded, u chat.User) wire.Raw {
	o := wire.NewObject(nil).Str("chatId", f.key.id).Str("userId", u.ID).Raw("user", u.Raw)
	alone := following(f.chat, chat.EventLeave, wire.NewObject(nil).Str("userId", u.ID).Done()).Status == chat.Waiting
	if alone && f.chat.Status == chat.Active && !f.place.queued && d.settings.of(f.key.app).Queue.Active {
		o.Bool("inQueue", true)
	}
	return o.Done()
}

// dispatch invites agents who have time to the chats that wait in line, the first
// of each room first. It goes by what this node knows; of two nodes that do the
// same, the log takes one.
func (d *desk) dispatch(ctx context.Context, app string) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	waiting := d.board.uninvited(app)
	if len(waiting) == 0 {
		return nil
	}
	onDuty, err := d.onDuty(ctx, app)
	if err != nil {
		return err
	}
	idle := func(a servingAgent) bool { return d.idle(chatKey{app, a.user.ID}) }
	asking := 0 // chats about which a webhook is asked; each will take an agent
	for _, id := range waiting {
		if !slices.ContainsFunc(onDuty, idle) {
			break
		}
		key := chatKey{app, id}
		if d.webhooks.isAsked(key) {
			asking++
			continue
		}
		_, now, err := d.log.View(ctx, key, 0)
		if err != nil {
			return err
		}
		r, there := now.roundNow()
		if there && !r.out && !now.away && len(d.candidates(foldedAt(key, now), r, onDuty)) > asking {
			err = d.inviteNext(ctx, key)
		}
		if err != nil {
			return err
		}
		if d.webhooks.isAsked(key) {
			asking++
		}
	}
	return nil
}

// idle tells whether an agent can be invited out of a queue: he has time, and no
// invitation to answer. He is asked for one chat after the other.
func (d *desk) idle(agent chatKey) bool {
	_, asked := d.board.load(agent, "")
	return asked == 0 && d.free(agent)
}

// putToRest ends the round of a chat in the queue for which nobody could be won.
// It keeps its place; whoever was asked already is asked again after the time that
// an agent has to answer, others at any time.
func (d *desk) putToRest(ctx context.Context, key chatKey, over func(*folded) error) (outcome, error) {
	return d.log.Append(ctx, key, act{by: chat.System, event: eventRest}, func(f *folded) (wire.Raw, error) {
		if err := over(f); err != nil {
			return nil, err
		}
		if !f.round.running || !f.queued() {
			return nil, errNothing
		}
		return json.Marshal(rest{key.id, d.restUntil(f)})
	})
}

func (d *desk) restUntil(f *folded) float64 {
	return unixSeconds(time.Now().Add(time.Duration(d.terms(f, invitation{}).Interval * float64(time.Second))))
}

// unattended ends a round in which nobody could be won: in the queue the chat
// rests, elsewhere it is left alone.
func (d *desk) unattended(ctx context.Context, key chatKey, over func(*folded) error) (outcome, error) {
	_, now, err := d.log.View(ctx, key, 0)
	if err != nil || now.queued() {
		return d.putToRest(ctx, key, over)
	}
	return d.log.Append(ctx, key, act{by: chat.System, event: chat.EventAlone}, func(f *folded) (wire.Raw, error) {
		err := over(f)
		if err == nil && f.queued() {
			err = errors.New("the chat has come into the queue meanwhile")
		}
		if err != nil {
			return nil, err
		}
		return wire.NewObject(nil).Str("chatId", key.id).Done(), nil
	})
}
