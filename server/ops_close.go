package server

import (
	"context"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/op"
)

// maxClosed is how many chats one request may close.
const maxClosed = 100

// closeChats closes chats one after the other, each by the rule of closing one. What is
// refused of one hinders no other.
func (s *Server) closeChats(ctx context.Context, c *op.Call) (op.Result, error) {
	chatIDs, given := c.Params.Words("chatIds")
	switch {
	case c.Params.Err != nil:
		return op.Result{}, c.Params.Err
	case !given || len(chatIDs) == 0 || len(chatIDs) > maxClosed:
		return op.Result{}, wire.Errorf(wire.BadArgument, "chatIds: from 1 to %d chats must be given", maxClosed)
	}
	closing := s.table.Event(chat.EventClose)
	var closed, refused []wire.Raw
	for _, id := range chatIDs {
		one := *c
		one.EventID = ""
		about, err := op.ParseParams(wire.NewObject(nil).Str("chatId", id).RawIf("extraData", c.Params.Values["extraData"]).Done())
		if err == nil {
			one.Params = about
			_, err = service{s}.Do(ctx, closing, &one)
		}
		if why := ids.AsError(err); err != nil && why.Reason != wire.ChatClosed.Name() {
			refused = append(refused, wire.NewObject(nil).Str("chatId", id).Raw("error", why.Append(nil)).Done())
			continue
		}
		closed = append(closed, wire.AppendString(nil, id))
	}
	return op.Reply(func(o *wire.Object) {
		o.Raw("closed", wire.AppendArray(nil, closed)).Raw("refused", wire.AppendArray(nil, refused))
	}), nil
}
