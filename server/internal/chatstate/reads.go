package chatstate

import (
	"encoding/json"

	"parley/core/chat"
	"parley/core/wire"
)

// readMark says that a user has read the message at an index.
type readMark struct {
	index int
	user  string
}

// markRead notes that a user has read a message, or all up to it. A message that
// is not there is ignored.
func (f *Folded) markRead(userID string, message wire.Raw, upTo bool) error {
	id, err := chat.Text(message, "id")
	_, index := SplitMessageID(id)
	switch {
	case index < 0 || index >= len(f.Messages):
	case upTo:
		for _, i := range f.Unread(userID, index) {
			f.addReadMark(userID, i)
		}
	case !f.ReadBy(userID, index):
		f.addReadMark(userID, index)
	}
	return err
}

func (f *Folded) addReadMark(userID string, index int) {
	r := readMark{index, userID}
	f.hasRead[r] = struct{}{}
	f.reads = append(f.reads, r)
}

// ReadBy tells whether a user has read the message at an index. The caller holds
// the chat's lock.
func (f *Folded) ReadBy(userID string, index int) bool {
	_, read := f.hasRead[readMark{index, userID}]
	return read
}

// Unread gives the indexes, up to last, of the messages that others wrote in this
// chat and the user has not read. Imported messages do not count. The caller holds
// the chat's lock.
func (f *Folded) Unread(userID string, last int) (unread []int) {
	for i := range f.Messages[:last+1] {
		if f.IsUnread(userID, i) {
			unread = append(unread, i)
		}
	}
	return unread
}

// IsUnread tells whether Unread has a message.
func (f *Folded) IsUnread(userID string, index int) bool {
	if f.ReadBy(userID, index) {
		return false
	}
	var m struct {
		Sender   string
		Imported bool
	}
	_ = json.Unmarshal(f.Messages[index], &m) // the server wrote it
	return m.Sender != userID && !m.Imported
}

// ReadData is the data of a chat.EventRead entry. It names the message, which the log has
// already: Shown puts that in its place.
func ReadData(chatID, userID string, index int, upTo bool) wire.Raw {
	message := wire.NewObject(nil).Str("id", MessageID(chatID, index)).Done()
	return readData(chatID, userID, message, upTo)
}

func readData(chatID, userID string, message wire.Raw, upTo bool) wire.Raw {
	data := wire.NewObject(nil).Str("chatId", chatID).Str("userId", userID).Raw("message", message)
	if upTo {
		data.Bool("upTo", true)
	}
	return data.Done()
}

// Shown gives the data of an entry as clients and webhooks get it: with the whole message
// that was read. Logs of version 1 have that in the entry, as it was then.
func (s *State) Shown(e chat.Entry) wire.Raw {
	if e.Event != chat.EventRead {
		return e.Data
	}
	var upTo bool
	_ = wire.Read(e.Data, "upTo", &upTo) // the server wrote it
	userID, _ := chat.Text(e.Data, "userId")
	id, _ := chat.Text(wire.Member(e.Data, "message"), "id")
	chatID, index := SplitMessageID(id)
	if index < 0 || index >= len(s.Messages) {
		return e.Data
	}
	return readData(chatID, userID, s.Messages[index], upTo)
}
