package routing

import (
	"context"
	"slices"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
)

// LeaveData is the data of the entry by which a user leaves by their own will, or by a
// transfer.
func (d *Dispatcher) LeaveData(f *chatstate.Folded, u chat.User) wire.Raw {
	return chatstate.LeaveData(f, u, d.queueMode(f.Key.App))
}

func (d *Dispatcher) queueMode(app string) bool { return d.settings.Of(app).Queue.Active }

// HandBack takes an agent out of a chat for a reason that is not theirs. A chat without
// another agent goes back to its room, where colleagues are invited, or to the front of
// the queue. It may be called again, until the log has it.
func (d *Dispatcher) HandBack(ctx context.Context, key ids.Key, agentID, reason string) error {
	agent := ids.Key{App: key.App, ID: agentID}
	o, err := d.log.Append(ctx, key, chatlog.Act{By: agentID, Event: chat.EventLeave}, func(f *chatstate.Folded) (wire.Raw, error) {
		u, in := f.Chat.Users.Find(agentID)
		if !in {
			u, in = f.Chat.Watchers.Find(agentID)
		}
		back := reason == chatstate.ReasonLost && d.hub.Connected(agent)
		if !in || back || f.Chat.Status == chat.Closed || f.Chat.Creator == agentID {
			return nil, chatlog.ErrNothing
		}
		return chatstate.HandBackData(f, u, reason, d.queueMode(key.App)), nil
	})
	if err != nil || o.Record.Seq == 0 {
		return err
	}
	if !chatstate.InChat(o.State.Chat, agentID) {
		if err := d.members.Remove(ctx, key, true, agentID); err != nil {
			return err
		}
	}
	if o.State.Round.Running && !o.State.Round.Pending && !o.State.Away {
		if err := d.InviteNext(ctx, key); err != nil {
			d.RetryLater(key, err)
		}
	}
	return nil
}

// HandBackAll is HandBack for all open chats that an agent is in.
func (d *Dispatcher) HandBackAll(ctx context.Context, agent ids.Key, reason string) error {
	chats, err := d.members.Chats(ctx, agent.App, true, agent.ID)
	if err != nil {
		return err
	}
	for _, id := range chats {
		err := d.HandBack(ctx, ids.Key{App: agent.App, ID: id}, agent.ID, reason)
		if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
			return err
		}
	}
	return nil
}

// ReleaseLeaving takes the agents who have handed the chat over out of it. It may be
// called again, until the log has it.
func (d *Dispatcher) ReleaseLeaving(ctx context.Context, key ids.Key) error {
	_, now, err := d.log.View(ctx, key, 0)
	if err != nil {
		return err
	}
	for _, id := range now.Round.Leaving {
		o, err := d.log.Append(ctx, key, chatlog.Act{By: id, Event: chat.EventLeave}, func(f *chatstate.Folded) (wire.Raw, error) {
			u, in := f.Chat.Users.Find(id)
			if !in || !slices.Contains(f.Round.Leaving, id) {
				return nil, chatlog.ErrNothing
			}
			return d.LeaveData(f, u), nil
		})
		if err != nil {
			return err
		}
		if !chatstate.InChat(o.State.Chat, id) {
			if err := d.members.Remove(ctx, key, true, id); err != nil {
				return err
			}
		}
	}
	return nil
}
