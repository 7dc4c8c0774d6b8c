package routing

import (
	"context"
	"encoding/json"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/gateway"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
	"parley/server/internal/presence"
)

// OnAbsent is presence's hook: a user has no connection. With notify the others in
// their chats are notified; with gone the user is taken out of the chats. After an error
// it is called again.
func (d *Dispatcher) OnAbsent(ctx context.Context, user presence.Absentee, notify, gone bool) error {
	for _, id := range user.Chats {
		key := ids.Key{App: user.User.App, ID: id}
		_, now, err := d.log.View(ctx, key, 0)
		if err == nil && notify && takesPart(now, user) {
			d.PushActivity(now, key, user.User.ID, "leave", "")
		}
		switch {
		case err != nil || !gone:
		case user.IsAgent:
			err = d.HandBack(ctx, key, user.User.ID, chatstate.ReasonLost)
		default:
			err = d.CountAsGone(ctx, key, user.User.ID)
		}
		if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
			d.logger.Error("absent user: the chat was not updated, will be tried again", "chat", id, "error", err)
			return err
		}
	}
	return nil
}

// takesPart tells whether the others in an open chat miss a user: not one who reads along.
func takesPart(now chatstate.State, user presence.Absentee) bool {
	return now.Chat.Status != chat.Closed && now.Chat.Users.Has(user.User.ID) && (user.IsAgent || now.Chat.Creator == user.User.ID)
}

// AbsenceGrace gives how long a visitor or an agent of an app may be without a connection
// before they count as gone.
func (d *Dispatcher) AbsenceGrace(app string, isAgent bool) time.Duration {
	seconds := d.settings.Of(app).Chats.VisitorGrace
	if isAgent {
		seconds = d.settings.Of(app).Chats.AgentGrace
	}
	return time.Duration(seconds * float64(time.Second))
}

// PushActivity pushes to those who have the chat open, but for the connection
// except, that a user is typing, has stopped typing, or has lost the connection.
func (d *Dispatcher) PushActivity(now chatstate.State, key ids.Key, userID, kind, except string) {
	data := wire.NewObject(nil).Str("chatId", key.ID).Str("userId", userID).Str("type", kind).Done()
	d.typing.do(typist{key, userID}, func() {
		if d.ctx.Err() != nil {
			return
		}
		d.hub.PushToChat(key, gateway.Push{
			Except: except, Event: chat.EventActivity, Data: json.RawMessage(data), UpTo: now.Seq, Replaces: "activity of " + userID,
		})
		d.webhooks.Notify(key.App, chat.EventActivity, data)
	})
}

// typist is a user in a chat.
type typist struct {
	chat ids.Key
	user string
}

// CountAsGone takes the creator out of a chat until they come back. An invitation
// is withdrawn if the agent would find nobody in the chat.
func (d *Dispatcher) CountAsGone(ctx context.Context, key ids.Key, creator string) error {
	var before chatstate.Round
	o, err := d.log.Append(ctx, key, chatlog.Act{By: chat.System, Event: chat.EventLeave}, func(f *chatstate.Folded) (wire.Raw, error) {
		u, in := f.Chat.Users.Find(creator)
		if !in || f.Chat.Creator != creator || f.Chat.Status == chat.Closed {
			return nil, chatlog.ErrNothing
		}
		before = f.Round
		return d.LeaveData(f, u), nil
	})
	if err == nil && !o.State.Round.Pending {
		d.PushInvitationEnded(key, before, "withdrawn", "")
	}
	return err
}

// Rejoin brings the creator who counted as gone back into the chat.
func (d *Dispatcher) Rejoin(ctx context.Context, key ids.Key, u identity.User) (chatstate.State, error) {
	o, err := d.log.Append(ctx, key, chatlog.Act{By: u.ID, Event: chat.EventJoin}, func(f *chatstate.Folded) (wire.Raw, error) {
		if !f.Away || f.Chat.Status == chat.Closed {
			return nil, chatlog.ErrNothing
		}
		return chatstate.JoinData(f, u.ID, wire.Raw(u.Public()), "", false), nil
	})
	return o.State, err
}

// OnVisitorBack is Rejoin for visitors who were counted as gone while they opened a
// connection.
func (d *Dispatcher) OnVisitorBack(key ids.Key, u identity.User) {
	ctx, stop := context.WithTimeout(d.ctx, ids.OperationWithin)
	defer stop()
	if _, err := d.Rejoin(ctx, key, u); err != nil && d.ctx.Err() == nil {
		d.logger.Error("a visitor who is connected still counts as gone", "chat", key.ID, "error", err)
	}
}
