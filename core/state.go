package core

import (
	"parley/core/chat"
	"parley/core/wire"
)

// Phase is how far the client is in its life.
type Phase int

const (
	Fresh    Phase = iota // init not called, or failed
	Starting              // init under way
	Ready                 // the app is known to be right
)

// State is all that a client knows. It is made by NewState and changed by Step
// alone; a State given to Step must not be used again.
type State struct {
	options Options
	phase   Phase
	app     App
	session Session  // wanted or open; a Token means that a connection is wanted
	past    string   // the token of the session that Logout ended, which reads for a while yet
	user    wire.Raw // the profile, once the session is open
	logged  bool
	entry   entry // the init or login that waits for the session to open

	conn      connection
	queue     []*request // waiting for answers, in the order of the commands
	fetches   []fetching
	transfers []*transfer
	media     mediaRules
	chats     []*held         // few: one for a visitor, some dozens for an agent
	outbox    []wire.Raw      // left by an earlier page, until their user is back
	more      bool            // of this user's, than fits
	failed    []*request      // messages that the server refused, the last few
	calls     map[string]Call // who waits for what is in the outbox, left by an instance that died
	leftover  bool            // no chat is open, the session is there for what an earlier page left
	written   uint64          // writes to the store so far
	kept      uint64          // of them, those that the store has done with
	floor     int64           // unix milliseconds; ids are not made earlier
	made      uint64          // ids made so far
	alarm     int64           // when TimerDeadline is to fire, 0 if it is not armed
}

// entry is a command that waits until the session is open.
type entry struct {
	call     Call
	kind     entryKind
	deadline int64
}

type entryKind int

const (
	entryNone entryKind = iota
	entryRestore
	entryLogin
)

// held is a chat this client keeps.
type held struct {
	chat.Chat
	config Config
	last   string // id of the newest message known
	behind bool   // something was missed; until a snapshot is here, nothing is applied
	gap    bool   // pushes were missed: unless the log is replayed, the page is told of it
	queued bool   // it waits in the queue

	// Of a snapshot that is coming in parts.
	missed []message
	caught bool // the newest message known has come, so that all further ones were missed
}

// held gives a chat this client keeps, nil if it does not.
func (s *State) held(id string) *held {
	for _, c := range s.chats {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// hold keeps a chat, in place of the same one as it was.
func (s *State) hold(h *held) {
	for i, c := range s.chats {
		if c.ID == h.ID {
			s.chats[i] = h
			return
		}
	}
	s.chats = append(s.chats, h)
}

// deadline is unix milliseconds.
type deadline = int64

// NewState gives the state of a client that has not been asked for anything.
func NewState(o Options) State {
	return State{options: o.withDefaults()}
}

// Stats counts what the state holds.
type Stats struct{ Chats, Pending int }

// Stats gives the counts as they are now.
func (s *State) Stats() Stats {
	return Stats{Chats: len(s.chats), Pending: len(s.queue) + len(s.fetches) + len(s.transfers)}
}
