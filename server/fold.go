package server

import (
	"encoding/json"
	"sync"
	"time"

	"parley/core/chat"
	"parley/core/wire"
)

// record is an entry of a chat's log with its place among what others may see.
type record struct {
	chat.Entry
	sees [audiences]bool
	prev [audiences]uint64 // the last position before it that the audience may see
}

// state is a chat at one position of its log. Its slices only ever grow or are
// replaced, so that a copy of the struct is a snapshot.
type state struct {
	chat     chat.Chat
	seq      uint64 // of the last entry of any kind, 0 if there is none
	last     [audiences]uint64
	log      []record
	messages []wire.Raw // message n has the id "<chat>.<n>" and stands at n-1
	reads    []readMark
	config   chatConfig
	life
	place place
}

// chatConfig is what the creator decided once for all, in the first entry.
type chatConfig struct {
	HistoryWatch      bool    `json:"historyWatch,omitempty"`
	AssignMaxAttempts int     `json:"assignMaxAttempts,omitempty"`
	AssignTimeout     float64 `json:"assignTimeout,omitempty"` // seconds
	Socket            bool    `json:"socket,omitempty"`        // it was created over one, so that the creator can be away
}

// folded is a chat as its log made it so far, kept while it is used.
type folded struct {
	key chatKey

	mu sync.RWMutex // guards what follows against readers; changed only in turn
	state
	acts    map[string]int // who did what request, at which place in log
	hasRead map[readMark]struct{}
	members map[string]bool // everybody who ever was in the chat
}

func newFolded(key chatKey) *folded {
	return &folded{key: key, acts: map[string]int{}, hasRead: map[readMark]struct{}{}, members: map[string]bool{}}
}

// snapshot copies the chat as it is.
func (f *folded) snapshot() state {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.state
}

// wasMember tells whether the user is or was in the chat.
func (f *folded) wasMember(userID string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.members[userID]
}

// apply takes in the next entry, and when it was made; one caller at a time. An entry
// that makes no sense keeps its place and changes nothing else; the error is for
// the operator.
func (f *folded) apply(e chat.Entry, at time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	next, err := applyTo(f.chat, e)
	r := record{Entry: e, sees: f.visible(e), prev: f.last}
	if err == nil {
		before := f.chat
		f.chat = next
		if err = f.note(e); err == nil {
			f.place, err = f.place.after(e, unixSeconds(at), before, next)
		}
	}
	for a, sees := range r.sees {
		if sees {
			f.last[a] = e.Seq
		}
	}
	if e.EventID != "" {
		f.acts[actKey(e.By, e.EventID)] = len(f.log)
	}
	f.log = append(f.log, r)
	f.seq = e.Seq
	return err
}

// note keeps what the server reads of an entry beyond what the chat is.
func (f *folded) note(e chat.Entry) error {
	var data struct {
		UserID  string
		Message json.RawMessage
		History []json.RawMessage
		Config  chatConfig
		UpTo    bool
	}
	switch e.Event {
	case chat.EventMessage, chat.EventRead, chat.EventCreate, chat.EventImport:
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return err
		}
	}
	if id := joining(e); id != "" {
		f.members[id] = true
	}
	switch e.Event {
	case chat.EventCreate, chat.EventImport:
		if e.Event == chat.EventCreate {
			f.config = data.Config
		}
		for _, m := range data.History {
			f.messages = append(f.messages, wire.Raw(m))
		}
	case chat.EventMessage:
		f.messages = append(f.messages, wire.Raw(data.Message))
	case chat.EventRead:
		id, err := chat.Text(wire.Raw(data.Message), "id")
		_, index := splitMessageID(id)
		switch {
		case index < 0 || index >= len(f.messages):
		case data.UpTo:
			for _, i := range f.unread(data.UserID, index) {
				f.mark(data.UserID, i)
			}
		case !f.readBy(data.UserID, index):
			f.mark(data.UserID, index)
		}
		return err
	}
	var err error
	f.life, err = f.life.after(f.chat, e)
	return err
}

// foldedAt is a chat as it stood, to look at: what requests did is not in it.
func foldedAt(key chatKey, now state) *folded { return &folded{key: key, state: now} }

// latest is the last record.
func (f *folded) latest() record { return f.log[len(f.log)-1] }

// did is done for readers.
func (f *folded) did(by, eventID string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, done := f.done(by, eventID)
	return done
}

// done finds what a request did already.
func (f *folded) done(by, eventID string) (record, bool) {
	if eventID == "" {
		return record{}, false
	}
	at, there := f.acts[actKey(by, eventID)]
	if !there {
		return record{}, false
	}
	return f.log[at], true
}

func actKey(userID, eventID string) string { return userID + "\x00" + eventID }

// applyTo gives the chat after an entry.
func applyTo(c chat.Chat, e chat.Entry) (chat.Chat, error) {
	next, err := chat.Apply(c, e)
	if err == nil && e.Event == eventUpdate {
		next.Fixed = merge(c.Fixed, member(e.Data, "changes"))
	}
	return next, err
}

// merge gives an object with members of another in place of its own.
func merge(object, changes wire.Raw) wire.Raw {
	o := wire.NewObject(nil)
	replaced := map[string]bool{}
	_ = wire.Members(changes, func(name string, v wire.Raw) error { // the server wrote both
		replaced[name] = true
		o.Raw(name, v)
		return nil
	})
	_ = wire.Members(object, func(name string, v wire.Raw) error {
		if !replaced[name] {
			o.Raw(name, v)
		}
		return nil
	})
	return o.Done()
}

// eventUpdate is the entry that changes what was said of a chat when it was made.
// Only the server folds it; clients have those members with the chat.
const eventUpdate = "chats:update"
