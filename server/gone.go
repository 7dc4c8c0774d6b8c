package server

import (
	"context"
	"encoding/json"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// absent does what is due about a visitor who has no connection: it lets the agents
// know, and takes who is gone out of the chats.
func (d *desk) absent(ctx context.Context, visitor chatKey, chats []string, notify, gone bool) error {
	for _, id := range chats {
		key := chatKey{visitor.app, id}
		_, now, err := d.log.View(ctx, key, 0)
		if err == nil && notify && now.chat.Status != chat.Closed && now.chat.Creator == visitor.id && now.chat.Users.Has(visitor.id) {
			d.whisperActivity(now, key, visitor.id, "leave", "")
		}
		if err == nil && gone {
			err = d.countAsGone(ctx, key, visitor.id)
		}
		if err != nil && !isCode(err, wire.CodeNotFound) {
			d.logger.Error("absent visitor: not dealt with, will be tried again", "chat", id, "error", err)
			return err
		}
	}
	return nil
}

// grace is how long a visitor of an app may be away before they count as gone.
func (d *desk) grace(app string) time.Duration {
	return time.Duration(d.settings.of(app).Chats.VisitorGrace * float64(time.Second))
}

// whisperActivity tells who has the chat open that a user is typing, not typing,
// or has lost the connection.
func (d *desk) whisperActivity(now state, key chatKey, userID, kind, except string) {
	data := wire.NewObject(nil).Str("chatId", key.id).Str("userId", userID).Str("type", kind).Done()
	d.hub.whisperToChat(key, whisper{Except: except, Event: chat.EventActivity, Data: json.RawMessage(data), UpTo: now.seq})
	d.webhooks.tell(key, chat.EventActivity, json.RawMessage(data))
}

// countAsGone takes the creator out of a chat, until he is back. An invitation to
// a chat where nobody would be found is withdrawn.
func (d *desk) countAsGone(ctx context.Context, key chatKey, creator string) error {
	var before round
	o, err := d.log.Append(ctx, key, act{by: chat.System, event: chat.EventLeave}, func(f *folded) (wire.Raw, error) {
		u, in := f.chat.Users.Find(creator)
		if !in || f.chat.Creator != creator || f.chat.Status == chat.Closed {
			return nil, errNothing
		}
		before = f.round
		return d.leaveData(f, u), nil
	})
	if err == nil && !o.state.round.out {
		d.invitationEnded(key, before, "withdrawn", "")
	}
	return err
}

// comeBack brings the creator of a chat back who counted as gone.
func (d *desk) comeBack(ctx context.Context, key chatKey, u User) (state, error) {
	o, err := d.log.Append(ctx, key, act{by: u.ID, event: chat.EventJoin}, func(f *folded) (wire.Raw, error) {
		if !f.away || f.chat.Status == chat.Closed {
			return nil, errNothing
		}
		return joinData(f, u.ID, wire.Raw(u.Public()), "", false), nil
	})
	return o.state, err
}

// stillHere is comeBack for visitors who were counted as gone while they opened a
// connection.
func (d *desk) stillHere(key chatKey, u User) {
	ctx, stop := context.WithTimeout(d.ctx, operationWithin)
	defer stop()
	if _, err := d.comeBack(ctx, key, u); err != nil && d.ctx.Err() == nil {
		d.logger.Error("visitor is here and counts as gone", "chat", key.id, "error", err)
	}
}
