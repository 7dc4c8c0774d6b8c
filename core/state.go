package core

import (
	"parley/core/chat"
	"parley/core/wire"
	"time"
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
	options       Options
	phase         Phase
	app           App
	session       Session  // wanted or open; a Token means that a connection is wanted
	previousToken string   // the token of the session that Logout ended, which reads for a while yet
	user          wire.Raw // the profile, once the session is open
	logged        bool
	pendingLogin  pendingLogin // the init or login that waits for the session to open

	clock
	conn           connection
	queue          []*request // waiting for answers, in the order of the commands
	fetches        []pendingFetch
	transfers      []*fileTransfer
	media          mediaRules
	chats          []*replica      // one for a visitor, some dozens for an agent
	places         map[string]int  // of the chats, by their ids
	unknownChats   []*resyncState  // chats that are loaded though they are not held
	resyncs        []*resyncState  // those that are wanted and not asked for yet
	resyncsRunning int             // those that are asked for
	outbox         []wire.Raw      // left by an earlier page, until their user is back
	failed         []*request      // messages that the server refused, the last few
	calls          map[string]Call // who waits for what is in the outbox, left by an instance that died
	moreStored     bool            // the store has more of what ended pages left
	askedForMore   bool            // for it
	drainOnly      bool            // no chat is open, the session is there for what an earlier page left
	writes         uint64          // writes to the store so far
	writesDone     uint64          // of them, those that the store has done with
	alarmAt        deadline        // when TimerDeadline is to fire, 0 if it is not armed
	gracePeriod    bool            // it has fired late, see late
}

// entry is a command that waits until the session is open.
type pendingLogin struct {
	call     Call
	kind     loginKind
	deadline int64
}

type loginKind int

const (
	loginNone loginKind = iota
	loginRestore
	loginNew
)

// held is a chat this client keeps.
type replica struct {
	chat.Chat
	config      Config
	lastMessage string       // id of the newest message known
	resync      *resyncState // nil if it was not loaded anew
	announced   uint64       // the furthest position of which pushes told that did not fit, 0 if none
	subscribed  bool         // the connection of now knows it
	stale       bool         // something was missed; until a snapshot is here, nothing is applied
	reportGap   bool         // pushes were missed: unless the log is replayed, the page is told of it
	inQueue     bool         // it waits in the queue

	// Of a snapshot that is coming in parts.
	missed    []message
	lastPart  uint64 // where the last one begins
	foundLast bool   // the newest message known has come, so that all further ones were missed
}

// held gives a chat this client keeps, nil if it does not.
func (s *State) replica(id string) *replica {
	if i, there := s.places[id]; there {
		return s.chats[i]
	}
	return nil
}

// hold keeps a chat, in place of the same one as it was.
func (s *State) putReplica(h *replica) {
	if i, there := s.places[h.ID]; there {
		s.chats[i] = h
		return
	}
	if s.places == nil {
		s.places = map[string]int{}
	}
	s.places[h.ID] = len(s.chats)
	s.chats = append(s.chats, h)
}

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

// clock is the client's time. People and networks set clocks, and pages sleep: what
// is waited for is measured by now, which never goes back; only what is compared with
// other pages, or shown, is told by the wall.
type clock struct {
	now        int64 // milliseconds
	wall       int64 // unix milliseconds
	idCount    uint64
	lastIDTime int64 // of the newest id made or known, its time
}

// deadline is a time by now.
type deadline = int64

func (c *clock) tick(wall int64) {
	if c.wall == 0 {
		c.now = wall
	} else {
		c.now += max(0, wall-c.wall)
	}
	c.wall = wall
}

// after gives the time when d has passed.
func (c *clock) after(d time.Duration) deadline { return c.now + d.Milliseconds() }
