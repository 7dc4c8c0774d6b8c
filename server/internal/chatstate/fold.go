package chatstate

import (
	"encoding/json"
	"sync"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
)

// Record is an entry of a chat's log with its place among what others may see.
type Record struct {
	chat.Entry
	VisibleTo [audiences]bool
	Prev      [audiences]uint64 // the last position before it that the audience may see
}

// State is a chat at one position of its log. Its slices only ever grow or are
// replaced, so that a copy of the struct is a snapshot.
type State struct {
	Chat     chat.Chat
	Seq      uint64 // of the last entry of any kind, 0 if there is none
	last     [audiences]uint64
	Log      []Record
	Messages []wire.Raw // message n has the id "<chat>.<n>" and stands at n-1
	reads    []readMark
	Config   Config
	Lifecycle
	Queue QueueState
}

// Config is what the creator decided once for all, in the first entry.
type Config struct {
	HistoryWatch      bool    `json:"historyWatch,omitempty"`
	AssignMaxAttempts int     `json:"assignMaxAttempts,omitempty"`
	AssignTimeout     float64 `json:"assignTimeout,omitempty"` // seconds
	Socket            bool    `json:"socket,omitempty"`        // it was created over one, so that the creator can be away
}

// Folded is a chat as its log made it so far, kept while it is used.
type Folded struct {
	Key ids.Key

	mu sync.RWMutex // guards what follows against readers; changed only in turn
	State
	acts    map[string]int // who did what request, at which place in log
	hasRead map[readMark]struct{}
	members map[string]bool // everybody who ever was in the chat
}

func NewFolded(key ids.Key) *Folded {
	return &Folded{Key: key, acts: map[string]int{}, hasRead: map[readMark]struct{}{}, members: map[string]bool{}}
}

// Snapshot copies the chat as it is.
func (f *Folded) Snapshot() State {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.State
}

// WasMember tells whether the user is or was in the chat.
func (f *Folded) WasMember(userID string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.members[userID]
}

// Apply takes in the next entry, and when it was made; one caller at a time. An entry
// that makes no sense keeps its place and changes nothing else; the error is for
// the operator.
func (f *Folded) Apply(e chat.Entry, at time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	next, err := apply(f.Chat, e)
	r := Record{Entry: e, VisibleTo: f.visible(e), Prev: f.last}
	if err == nil {
		before := f.Chat
		f.Chat = next
		if err = f.note(e); err == nil {
			f.Queue, err = f.Queue.after(e, ids.Unix(at), before, next)
		}
	}
	for a, sees := range r.VisibleTo {
		if sees {
			f.last[a] = e.Seq
		}
	}
	if e.EventID != "" {
		f.acts[actKey(e.By, e.EventID)] = len(f.Log)
	}
	f.Log = append(f.Log, r)
	f.Seq = e.Seq
	return err
}

// note keeps what the server reads of an entry beyond what the chat is.
func (f *Folded) note(e chat.Entry) error {
	var data struct {
		UserID  string
		Message json.RawMessage
		History []json.RawMessage
		Config  Config
		UpTo    bool
	}
	switch e.Event {
	case chat.EventMessage, chat.EventRead, chat.EventCreate, chat.EventImport:
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return err
		}
	}
	if id := JoiningUser(e); id != "" {
		f.members[id] = true
	}
	switch e.Event {
	case chat.EventCreate, chat.EventImport:
		if e.Event == chat.EventCreate {
			f.Config = data.Config
		}
		for _, m := range data.History {
			f.Messages = append(f.Messages, wire.Raw(m))
		}
	case chat.EventMessage:
		f.Messages = append(f.Messages, wire.Raw(data.Message))
	case chat.EventRead:
		id, err := chat.Text(wire.Raw(data.Message), "id")
		_, index := SplitMessageID(id)
		switch {
		case index < 0 || index >= len(f.Messages):
		case data.UpTo:
			for _, i := range f.Unread(data.UserID, index) {
				f.mark(data.UserID, i)
			}
		case !f.ReadBy(data.UserID, index):
			f.mark(data.UserID, index)
		}
		return err
	}
	var err error
	f.Lifecycle, err = f.Lifecycle.After(f.Chat, e)
	return err
}

// At is a chat as it stood, to look at: what requests did is not in it.
func FromState(key ids.Key, now State) *Folded { return &Folded{Key: key, State: now} }

// Latest is the last record.
func (f *Folded) Latest() Record { return f.Log[len(f.Log)-1] }

// Did is done for readers.
func (f *Folded) HasRecordOf(by, eventID string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, done := f.RecordOf(by, eventID)
	return done
}

// Done finds what a request did already.
func (f *Folded) RecordOf(by, eventID string) (Record, bool) {
	if eventID == "" {
		return Record{}, false
	}
	at, there := f.acts[actKey(by, eventID)]
	if !there {
		return Record{}, false
	}
	return f.Log[at], true
}

func actKey(userID, eventID string) string { return userID + "\x00" + eventID }

// apply gives the chat after an entry.
func apply(c chat.Chat, e chat.Entry) (chat.Chat, error) {
	next, err := chat.Apply(c, e)
	if err == nil && e.Event == EventUpdate {
		next.Fixed = merge(c.Fixed, JSONMember(e.Data, "changes"))
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

// EventUpdate is the entry that changes what was said of a chat when it was made.
// Only the server folds it; clients have those members with the chat.
const EventUpdate = "chats:update"
