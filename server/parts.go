package server

import (
	"parley/core/wire"
)

// Bounds of a history in parts, in bytes of messages; one that is longer goes
// alone. A page takes in a frame in one go, which must not be felt, and a reply may
// have many chats.
const (
	partAtMost = 32 << 10
	restAtMost = 4 << 10 // what the chat itself has
)

// earlier is what was said in a chat but for the newest, for a client that takes a
// history in parts: frames of their own before the reply, so that no frame grows
// with the history.
type earlier struct {
	chatID  string
	history []wire.Raw
}

// inParts splits the chat: what goes before, and the chat as the reply has it.
func (s *state) inParts(with related) (before []earlier, write func(to audience) *wire.Object) {
	history := s.history()
	rest, size := len(history), 0
	for ; rest > 0 && (rest == len(history) || size+len(history[rest-1]) <= restAtMost); rest-- {
		size += len(history[rest-1])
	}
	newest := wire.AppendArray(nil, history[rest:])
	with.history = false
	return []earlier{{s.chat.ID, history[:rest]}}, func(to audience) *wire.Object { return s.json(to, with).Raw("history", newest) }
}

// write gives the frames, each of which says where in the history it begins.
func (e *earlier) write(give func(*wire.Frame) error) error {
	for from := 0; from < len(e.history); {
		end, size := from, 0
		for ; end < len(e.history) && (end == from || size+len(e.history[end]) <= partAtMost); end++ {
			size += len(e.history[end])
		}
		data := wire.NewObject(nil).Str("chatId", e.chatID).Int("from", int64(from)).Raw("history", wire.AppendArray(nil, e.history[from:end])).Done()
		if err := give(&wire.Frame{Event: wire.EventHistory, Data: data}); err != nil {
			return err
		}
		from = end
	}
	return nil
}
