package server

import (
	"context"
	"time"
	"unicode/utf8"

	"parley/core/chat"
	"parley/core/wire"
)

// newMessage appends a text. It is kept exactly as sent.
func (s *Server) newMessage(ctx context.Context, c *call) (result, error) {
	text := c.params.need("message")
	if err := c.params.err; err != nil {
		return result{}, err
	}
	if err := s.checkMessage("message", text); err != nil {
		return result{}, err
	}
	o, err := s.append(ctx, c, chat.EventMessage, func(f *folded) (wire.Raw, error) {
		message := messageJSON(c.key.id, len(f.messages), c.user.ID, "text", text, unixSeconds(time.Now())).Done()
		return wire.NewObject(nil).Str("chatId", c.key.id).Str("userId", c.user.ID).Raw("message", message).Done(), nil
	})
	if err != nil {
		return result{}, err
	}
	return resultOf(o, c.key, func(audience) *wire.Object {
		return wire.NewObject(nil).Raw("message", member(o.record.Data, "message"))
	}), nil
}

// checkMessage bounds a text by its characters.
func (s *Server) checkMessage(field, text string) error {
	if n, most := utf8.RuneCountInString(text), s.options.Limits.MessageLength; n > most {
		return wire.Errorf(wire.CodeTooLarge, "%s: %d characters, at most %d are allowed", field, n, most)
	}
	return nil
}

// readMessage notes that a user has read a message, with upTo also all before it
// that others wrote; once is enough. What a watcher reads is noted only where the
// chat tells of watchers.
func (s *Server) readMessage(ctx context.Context, c *call) (result, error) {
	id := c.params.need("messageId")
	_, index := splitMessageID(id)
	if index < 0 || index >= len(c.state.messages) {
		return result{}, wire.Errorf(wire.CodeNotFound, "unknown message %q", id)
	}
	if c.user.ID == chat.System {
		return result{}, wire.Errorf(wire.CodeBadRequest, "userId: must be given")
	}
	upTo := c.params.flag("upTo")
	message := c.state.messages[index]
	o, err := s.append(ctx, c, chat.EventRead, func(f *folded) (wire.Raw, error) {
		read := f.readBy(c.user.ID, index)
		if upTo {
			read = len(f.unread(c.user.ID, index)) == 0
		}
		if read || f.chat.Watchers.Has(c.user.ID) && !f.config.HistoryWatch {
			return nil, errNothing
		}
		data := wire.NewObject(nil).Str("chatId", c.key.id).Str("userId", c.user.ID).Raw("message", message)
		if upTo {
			data.Bool("upTo", true)
		}
		return data.Done(), nil
	})
	if err != nil {
		return result{}, err
	}
	return resultOf(o, c.key, func(audience) *wire.Object {
		return wire.NewObject(nil).Raw("message", message).Str("userId", c.user.ID).Bool("success", true)
	}), nil
}

// listMessages gives the whole log of messages, oldest first; with a limit, so
// many after the message named by after.
func (s *Server) listMessages(_ context.Context, c *call) (result, error) {
	list := c.state.history()
	if after := c.params.text("after"); after != "" {
		chatID, index := splitMessageID(after)
		if chatID != c.key.id || index < 0 || index >= len(list) {
			return result{}, wire.Errorf(wire.CodeNotFound, "after: unknown message %q", after)
		}
		list = list[index+1:]
	}
	if c.params.has("limit") {
		list = list[:min(len(list), c.params.count("limit", 1, 1<<30, 1))]
	}
	return answer(func(o *wire.Object) { o.Raw("messages", wire.AppendArray(nil, list)) }), c.params.err
}
