package server

import (
	"bufio"
	"context"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatlog"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// newMessages appends text messages to a chat, each exactly as it was sent.
func (s *Server) newMessages(ctx context.Context, calls []*op.Call) []op.Answer {
	answers := make([]op.Answer, len(calls))
	messages, callOf := make([]chatlog.Message, 0, len(calls)), make([]int, 0, len(calls))
	for i, c := range calls {
		build, err := s.textMessage(c)
		if err != nil {
			answers[i].Err = err
			continue
		}
		act := chatlog.Act{By: c.User.ID, ID: c.EventID, Event: chat.EventMessage}
		messages, callOf = append(messages, chatlog.Message{Act: act, Build: build}), append(callOf, i)
	}
	results := s.log.AppendMessages(ctx, calls[0].Key, messages)
	for n, r := range results {
		i := callOf[n]
		answers[i] = op.Answer{Result: resultOfMessage(r.Record, calls[i].Key), Err: r.Err}
	}
	if len(results) < len(messages) {
		return answers[:callOf[len(results)]]
	}
	return answers
}

// textMessage gives what makes the entry of a text message. The error says what is wrong
// with the message.
func (s *Server) textMessage(c *op.Call) (build func(f *chatstate.Folded, earlier int) (wire.Raw, error), err error) {
	text, format := c.Params.MessageText(s.options.Limits.MessageLength)
	if !ids.Visible(text) || format != "" && !chatstate.ShowsHTML(text) {
		c.Params.Fail("message: must be given and must show something, not only blanks or invisible characters")
	}
	if err := c.Params.Err; err != nil {
		return nil, err
	}
	if format != "" && !c.Actor.Secret && !c.User.IsAgent() {
		return nil, wire.Errorf(wire.NotAllowed, "format: only agents and the app's secret may send HTML; leave it out")
	}
	return func(f *chatstate.Folded, earlier int) (wire.Raw, error) {
		if err := s.mayAppend(c, &f.State, chat.EventMessage, earlier); err != nil {
			return nil, err
		}
		message := chatstate.MessageJSON(c.Key.ID, len(f.Messages)+earlier, c.User.ID, "text", text, ids.Unix(time.Now())).StrIf("format", format).Done()
		data := wire.NewObject(nil).Str("chatId", c.Key.ID).Str("userId", c.User.ID).Raw("message", message).Done()
		return data, s.takeEntry(c, chat.EventMessage, len(data))
	}, nil
}

func resultOfMessage(r chatstate.Record, key ids.Key) op.Result {
	return op.ResultOf(chatlog.Outcome{Record: r}, key, func(chatstate.Audience) *wire.Object {
		return wire.NewObject(nil).Raw("message", wire.Member(r.Data, "message"))
	})
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
		unread := !f.ReadBy(c.User.ID, index)
		if upTo {
			unread = f.HasUnread(c.User.ID, index)
		}
		if !unread || f.Chat.Watchers.Has(c.User.ID) && !f.Config.HistoryWatch {
			return nil, chatlog.ErrNothing
		}
		return chatstate.ReadData(c.Key.ID, c.User.ID, index, upTo), nil
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
	list := c.State.Conversation()
	if after := c.Params.Text("after"); after != "" {
		chatID, index := chatstate.SplitMessageID(after)
		if chatID != c.Key.ID || index < 0 || index >= list.Len() {
			return op.Result{}, wire.Errorf(wire.UnknownMessage, "after: unknown message %q", after)
		}
		list = list.Between(index+1, list.Len())
	}
	if c.Params.Has("limit") {
		list = list.Between(0, min(list.Len(), c.Params.Count("limit", 1, 1<<30, 1)))
	}
	if c.Params.Err != nil {
		return op.Result{}, c.Params.Err
	}
	return s.streamed(c, list.Len(), jsonType, func(to *bufio.Writer) { writeList(to, wire.NewObject(nil), "messages", list) }), nil
}
