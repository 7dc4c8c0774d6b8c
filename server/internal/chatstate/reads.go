package chatstate

import (
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
		for _, i := range f.unread(userID, index) {
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

// HasUnread tells whether there are messages up to the index last that others said in
// this chat and the user has not read. Imported messages do not count. The caller holds
// the chat's lock.
func (f *Folded) HasUnread(userID string, last int) bool { return len(f.unread(userID, last)) > 0 }

// unread gives the indexes of the messages of HasUnread. It looks at each message once, but
// for those that are unread, and at no imported one.
func (f *Folded) unread(userID string, last int) (unread []int) {
	n := f.caughtUp[userID]
	for ; n < len(f.said) && f.said[n] <= last; n++ {
		if f.isUnread(userID, f.said[n]) {
			unread = append(unread, f.said[n])
		}
	}
	if len(unread) == 0 {
		f.caughtUp[userID] = n
	}
	return unread
}

// isUnread tells whether a message that was not imported is one of those of HasUnread.
func (f *Folded) isUnread(userID string, index int) bool {
	if f.ReadBy(userID, index) {
		return false
	}
	sender, _ := chat.Text(f.Messages[index], "sender") // the server wrote it
	return sender != userID
}

// ReadData is the data of a chat.EventRead entry. It names the message, which the log has
// already: State.Shown puts that in its place.
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

// shownRead gives the data of a chat.EventRead entry with the whole message. Logs of version
// 1 have that in the entry, as it was then.
func (s *State) shownRead(data wire.Raw) wire.Raw {
	var upTo bool
	_ = wire.Read(data, "upTo", &upTo) // the server wrote it
	userID, _ := chat.Text(data, "userId")
	id, _ := chat.Text(wire.Member(data, "message"), "id")
	chatID, index := SplitMessageID(id)
	if index < 0 || index >= len(s.Messages) {
		return data
	}
	return readData(chatID, userID, s.Messages[index], upTo)
}
