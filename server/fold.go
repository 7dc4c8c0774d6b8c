package server

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"sync/atomic"
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
	key     chatKey
	turn    chan struct{} // held by whoever appends or refreshes
	known   atomic.Uint64 // a position that the log has, as far as was heard
	stale   atomic.Bool   // what the log has is not certain
	bytes   atomic.Int64  // about what it takes in the cache
	evicted atomic.Bool   // it is in the cache no more

	mu sync.RWMutex // guards what follows against readers; changed only in turn
	state
	acts    map[string]int // who did what request, at which place in log
	hasRead map[readMark]struct{}
	members map[string]bool // everybody who ever was in the chat
}

func newFolded(key chatKey) *folded {
	f := &folded{
		key: key, turn: make(chan struct{}, 1),
		acts: map[string]int{}, hasRead: map[readMark]struct{}{}, members: map[string]bool{},
	}
	f.stale.Store(true)
	return f
}

// lock waits for the turn to change the chat.
func (f *folded) lock(ctx context.Context) error {
	select {
	case f.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errUnavailable("chat " + f.key.id + " is busy")
	}
}

func (f *folded) unlock() { <-f.turn }

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

// hear notes that the log has this position.
func (f *folded) hear(seq uint64) {
	for {
		known := f.known.Load()
		if seq <= known || f.known.CompareAndSwap(known, seq) {
			return
		}
	}
}

// behind tells whether the log is known, or likely, to have more. Called in turn
// or under mu.
func (f *folded) behind() bool { return f.stale.Load() || f.seq == 0 || f.seq < f.known.Load() }

// apply takes in the next entry, and when it was made; called in turn. An entry
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
	f.hear(e.Seq)
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

// messageID names the message that stands at index i.
func messageID(chatID string, i int) string { return chatID + "." + strconv.Itoa(i+1) }
