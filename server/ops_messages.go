package server

import (
	"context"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// newMessage appends a text message, which is kept exactly as it was sent.
func (s *Server) newMessage(ctx context.Context, c *op.Call) (op.Result, error) {
	text, format := c.Params.MessageText(s.options.Limits.MessageLength)
	if !ids.Visible(text) || format != "" && !chatstate.ShowsHTML(text) {
		c.Params.Fail("message: must be given and must show something, not only blanks or invisible characters")
	}
	if err := c.Params.Err; err != nil {
		return op.Result{}, err
	}
	if format != "" && !c.Actor.Secret && !c.User.IsAgent() {
		return op.Result{}, wire.Errorf(wire.NotAllowed, "format: only agents and the app's secret may send HTML; leave it out")
	}
	o, err := s.append(ctx, c, chat.EventMessage, func(f *chatstate.Folded) (wire.Raw, error) {
		message := chatstate.MessageJSON(c.Key.ID, len(f.Messages), c.User.ID, "text", text, ids.Unix(time.Now())).StrIf("format", format).Done()
		return wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).Raw("message", message).Done(), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	return op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("message", wire.Member(o.Record.Data, "message"))
	}), nil
}

// readMessage appends that the user has read a message; with upTo, also all messages
// of others before it. It appends nothing if that is known already, nor for a watcher,
// unless the chat shows its watchers (historyWatch).
func (s *Server) readMessage(ctx context.Context, c *op.Call) (op.Result, error) {
	id := c.Params.RequiredText("messageId")
	_, index := chatstate.SplitMessageID(id)
	if index < 0 || index >= len(c.State.Messages) {
		return op.Result{}, wire.Errorf(wire.UnknownMessage, "unknown message %q", id)
	}
	if c.User.ID == chat.System {
		return op.Result{}, wire.Errorf(wire.BadArgument, "userId: must be given")
	}
	upTo := c.Params.Flag("upTo")
	message := c.State.Messages[index]
	o, err := s.append(ctx, c, chat.EventRead, func(f *chatstate.Folded) (wire.Raw, error) {
		read := f.ReadBy(c.User.ID, index)
		if upTo {
			read = len(f.Unread(c.User.ID, index)) == 0
		}
		if read || f.Chat.Watchers.Has(c.User.ID) && !f.Config.HistoryWatch {
			return nil, chatlog.ErrNothing
		}
		data := wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).Raw("message", message)
		if upTo {
			data.Bool("upTo", true)
		}
		return data.Done(), nil
	})
	if err != nil {
		return op.Result{}, err
	}
	return op.ResultOf(o, c.Key, func(chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("message", message).Str("userId", c.User.ID).Bool("success", true)
	}), nil
}

// listMessages gives the chat's messages in the order of the log: those after the one
// that after names, all without it; at most limit, no bound without it.
func (s *Server) listMessages(_ context.Context, c *op.Call) (op.Result, error) {
	list := c.State.History()
	if after := c.Params.Text("after"); after != "" {
		chatID, index := chatstate.SplitMessageID(after)
		if chatID != c.Key.ID || index < 0 || index >= len(list) {
			return op.Result{}, wire.Errorf(wire.UnknownMessage, "after: unknown message %q", after)
		}
		list = list[index+1:]
	}
	if c.Params.Has("limit") {
		list = list[:min(len(list), c.Params.Count("limit", 1, 1<<30, 1))]
	}
	return op.Reply(func(o *wire.Object) { o.Raw("messages", wire.AppendArray(nil, list)) }), c.Params.Err
}
