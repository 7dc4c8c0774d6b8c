package chatstate

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// Bounds of a history in parts, in bytes of messages. A message above them is a
// part of its own. A page reads a frame in one go, which its user must not feel,
// and one reply may hold many chats.
const (
	partAtMost   = 32 << 10 // a part that goes before the reply
	newestAtMost = 4 << 10  // the newest messages, which the reply itself has
)

// File is the content of a message of the type "media".
type File struct {
	ID   string `json:"id"`
	URL  string `json:"url"`
	Type string `json:"type"` // its media type
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
}

// FileCount is a number of files, and of their bytes.
type FileCount struct{ Count, Bytes int64 }

// add counts the file of a message, if it is about one. In a text the quotes would be escaped.
func (n *FileCount) add(message wire.Raw) (isFile bool) {
	if !bytes.Contains(message, []byte(`"type":"media"`)) {
		return false
	}
	var size uint64
	_ = wire.Read(wire.Member(message, "message"), "size", &size) // the server wrote it
	n.Count, n.Bytes = n.Count+1, n.Bytes+int64(size)
	return true
}

// Object writes the file as uploads are answered, and leaves the object open.
func (f File) Object(sender string) *wire.Object {
	return wire.NewObject(nil).Str("id", f.ID).Str("name", f.Name).Int("size", f.Size).
		Str("senderId", sender).Str("type", f.Type).Str("url", f.URL)
}

// MessageJSON writes a message whose content is a text, and leaves the object open.
func MessageJSON(chatID string, index int, sender, kind, text string, created float64) *wire.Object {
	return wire.NewObject(nil).Str("id", MessageID(chatID, index)).Str("chat", chatID).Str("sender", sender).
		Str("type", kind).Str("message", text).Float("created", created)
}

// History gives the messages in the order of the log, each with the users who have
// read it.
func (s *State) History() []wire.Raw {
	if len(s.reads) == 0 {
		return s.Messages
	}
	return slices.Collect(s.Conversation().Each())
}

// EarlierHistory is a chat's history without its newest messages. A client that
// takes histories in parts gets it in frames before the reply, so that no frame
// grows with the history.
type EarlierHistory struct {
	chatID string
	end    int // index of the first of the newest messages
	load   func() (State, error)
}

// HistoryInParts splits the chat's JSON: earlier goes before the reply, and write
// gives the chat as the reply has it, with the newest messages, as an open object.
func (s *State) HistoryInParts(with Related) (earlier []EarlierHistory, write func(to Audience) *wire.Object) {
	first, size := len(s.Messages), 0 // of the newest
	for ; first > 0 && (first == len(s.Messages) || size+len(s.Messages[first-1]) <= newestAtMost); first-- {
		size += len(s.Messages[first-1])
	}
	with.History = false
	earlier = []EarlierHistory{{s.Chat.ID, first, func() (State, error) { return *s, nil }}}
	return earlier, func(to Audience) *wire.Object {
		newest := s.Conversation().Between(first, len(s.Messages))
		o := s.JSON(to, with).Raw("history", wire.AppendArray(nil, slices.Collect(newest.Each())))
		s.writeFormer(o, to)
		return o
	}
}

// Loaded has the chat loaded when its history is written, so that until then it need not be
// in memory. The chat must have the same messages then, or more.
func (e EarlierHistory) Loaded(load func() (State, error)) EarlierHistory {
	e.load = load
	return e
}

// Write gives the frames in order. Each says at which message of the history it begins.
func (e *EarlierHistory) Write(give func(*wire.Frame) error) error {
	if e.end == 0 {
		return nil
	}
	now, err := e.load()
	if err != nil {
		return err
	}
	from, size, part := 0, 0, []wire.Raw{}
	write := func() error {
		if len(part) == 0 {
			return nil
		}
		data := wire.NewObject(nil).Str("chatId", e.chatID).Int("from", int64(from)).Raw("history", wire.AppendArray(nil, part)).Done()
		from, size, part = from+len(part), 0, part[:0]
		return give(&wire.Frame{Event: wire.EventHistory, Data: data})
	}
	for m := range now.Conversation().Between(0, min(e.end, len(now.Messages))).Each() {
		if size+len(m) > partAtMost {
			if err := write(); err != nil {
				return err
			}
		}
		size, part = size+len(m), append(part, m)
	}
	return write()
}

// MessageID names the message at an index.
func MessageID(chatID string, index int) string { return chatID + "." + strconv.Itoa(index+1) }

// SplitMessageID gives the chat of a message and the message's index there, -1 if
// the id is not one of a message.
func SplitMessageID(id string) (chatID string, index int) {
	chatID, number, _ := strings.Cut(id, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || strconv.Itoa(n) != number {
		return chatID, -1
	}
	return chatID, n - 1
}

// NewPartID names a new file or ticket of a chat. The id leads back to the chat.
func NewPartID(chatID string) string { return chatID + "-" + ids.New() }

// ChatOfPart gives the chat of a file or a ticket, "" if the id is not one of either.
func ChatOfPart(id string) string {
	chatID, unique, _ := strings.Cut(id, "-")
	if unique == "" {
		return ""
	}
	return chatID
}

// FileMessage gives the message about a file, nil if the chat has none.
func (s *State) FileMessage(fileID string) wire.Raw {
	for _, i := range s.files {
		m := s.Messages[i]
		if found, _ := wire.String(wire.Member(wire.Member(m, "message"), "id")); found == fileID { // one that was removed has none
			return m
		}
	}
	return nil
}
