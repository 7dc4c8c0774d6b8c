package chatstate

import (
	"parley/core/wire"
)

// Bounds of a history in parts, in bytes of messages; one that is longer goes
// alone. A page takes in a frame in one go, which must not be felt, and a reply may
// have many chats.
const (
	PartAtMost = 32 << 10
	restAtMost = 4 << 10 // what the chat itself has
)

// Earlier is what was said in a chat but for the newest, for a client that takes a
// history in parts: frames of their own before the reply, so that no frame grows
// with the history.
type EarlierHistory struct {
	chatID  string
	history []wire.Raw
}

// InParts splits the chat: what goes before, and the chat as the reply has it.
func (s *State) HistoryInParts(with Related) (before []EarlierHistory, write func(to Audience) *wire.Object) {
	history := s.History()
	rest, size := len(history), 0
	for ; rest > 0 && (rest == len(history) || size+len(history[rest-1]) <= restAtMost); rest-- {
		size += len(history[rest-1])
	}
	newest := wire.AppendArray(nil, history[rest:])
	with.History = false
	return []EarlierHistory{{s.Chat.ID, history[:rest]}}, func(to Audience) *wire.Object { return s.JSON(to, with).Raw("history", newest) }
}

// Write gives the frames, each of which says where in the history it begins.
func (e *EarlierHistory) Write(give func(*wire.Frame) error) error {
	for from := 0; from < len(e.history); {
		end, size := from, 0
		for ; end < len(e.history) && (end == from || size+len(e.history[end]) <= PartAtMost); end++ {
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
