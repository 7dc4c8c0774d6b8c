package chatstate

import (
	"cmp"
	"encoding/json"
	"slices"
	"sort"
	"sync"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
)

// EventUpdate is the entry that changes what was said of a chat when it was
// created. Only the server folds it; clients get those members with the chat.
const EventUpdate = "chats:update"

// Record is an entry of a chat's log, with its place in the chain of each audience.
type Record struct {
	chat.Entry
	VisibleTo [audiences]bool
	Prev      [audiences]uint64 // position of the last entry before it that the audience may see; 0 before the first

	messages, reads int   // how many State.Messages and State.reads there are after it
	bytes           int64 // State.Bytes after it
}

// State is a chat at one position of its log. Its slices only grow or are
// replaced, so that a copy of the struct is a snapshot.
type State struct {
	Chat     chat.Chat
	Seq      uint64            // position of the last entry, whoever may see it; 0 before the first
	last     [audiences]uint64 // position of the last entry that each audience may see
	Log      []Record
	Bytes    int64      // of the data of all entries
	Messages []wire.Raw // message n has the id "<chat>.<n>" and stands at n-1
	Files    FileCount  // files that messages are about
	files    []int      // indexes of these messages
	visitor  string     // the name of who began it, as it was then
	wroteAt  int        // how many messages there were with the first of the visitor's; 0 if they have said nothing
	reads    []readMark
	Config   Config
	Lifecycle
	Queue    QueueState
	Answered float64 // unix seconds: when the first agent came into it; 0 before
	declined declined
	Removed  bool // nothing is left of the chat but the entry that says so
}

// Config is what the creator decided for the whole life of the chat, in the first entry.
type Config struct {
	HistoryWatch      bool    `json:"historyWatch,omitempty"`      // the visitor sees who reads along
	AssignMaxAttempts int     `json:"assignMaxAttempts,omitempty"` // invitations in a round, 0 for the app's setting
	AssignTimeout     float64 `json:"assignTimeout,omitempty"`     // seconds for an answer, 0 for the app's setting
	Socket            bool    `json:"socket,omitempty"`            // it was created over one, so that the creator can be away
}

// Folded is a chat folded from its log, with what is looked up in it often.
type Folded struct {
	Key ids.Key

	mu sync.RWMutex // guards what follows against readers; the one writer reads without it
	State
	recordOf map[string]int        // index in Log of the entry that a request made, by requestKey
	hasRead  map[readMark]struct{} // State.reads as a set
	said     []int                 // indexes of the messages that were not imported
	caughtUp map[string]int        // by user: so many of said are read by them, or their own
	members  map[string]uint64     // everybody who ever was in the chat: position of the entry by which they left, 0 while they are in it
}

// NewFolded gives a chat before its first entry.
func NewFolded(key ids.Key) *Folded {
	return &Folded{Key: key, recordOf: map[string]int{}, hasRead: map[readMark]struct{}{}, caughtUp: map[string]int{}, members: map[string]uint64{}}
}

// FromState gives a chat to read that stands at a state. It does not know who was
// a member, which requests were carried out, or who has read what.
func FromState(key ids.Key, now State) *Folded { return &Folded{Key: key, State: now} }

// Snapshot copies the state.
func (f *Folded) Snapshot() State {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.State
}

// WasMember tells whether the user is or ever was in the chat.
func (f *Folded) WasMember(userID string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, was := f.members[userID]
	return was
}

// LeftAt gives the position of the entry by which a user left the chat; 0 if they are in
// it, or never were.
func (f *Folded) LeftAt(userID string) uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.members[userID]
}

// Latest gives the last record. The chat must have one.
func (f *Folded) Latest() Record { return f.Log[len(f.Log)-1] }

// Next is what an entry makes of a chat: computed once, before the entry is
// appended, and taken in when it is in the log.
type Next struct {
	Entry       chat.Entry
	JoiningUser string    // id of the user whom the entry brings into the chat, "" if it brings nobody
	Chat        chat.Chat // after the entry
	Lifecycle   Lifecycle // after the entry
	Err         error     // the entry cannot be read, and will change nothing

	applies bool // Chat is the chat after the entry, whether or not the rest of it can be read
}

// Next computes what an entry would make of the chat, and changes nothing. The
// entry need not have a position yet.
func (f *Folded) Next(e chat.Entry) Next {
	n := Next{Entry: e, JoiningUser: JoiningUser(e), Chat: f.Chat, Lifecycle: f.Lifecycle}
	after, err := apply(f.Chat, e)
	if err != nil {
		n.Err = err
		return n
	}
	n.Chat, n.applies = after, true
	n.Lifecycle, n.Err = f.Lifecycle.after(f.Chat, after, e)
	return n
}

// Apply takes in what Next computed for the chat as it still is; seq is the
// position that the log gave to the entry, at the time when the log took it. The
// error says why an entry cannot be read, for the operator: the entry keeps its
// position and changes nothing else.
func (f *Folded) Apply(n Next, seq uint64, at time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n.Entry.Seq = seq
	e, err := n.Entry, n.Err
	removed := e.Event == chat.EventRemove
	if removed {
		f.forget(seq)
	}
	r := Record{Entry: e, VisibleTo: f.visibleTo(e), Prev: f.last}
	if n.applies && !removed {
		err = f.takeIn(n, at)
	}
	for a, visible := range r.VisibleTo {
		if visible {
			f.last[a] = seq
		}
	}
	if e.EventID != "" {
		f.recordOf[requestKey(e.By, e.EventID)] = len(f.Log)
	}
	f.Bytes += int64(len(e.Data))
	r.messages, r.reads, r.bytes = len(f.Messages), len(f.reads), f.Bytes
	f.Log = append(f.Log, r)
	f.Seq = seq
	return err
}

// forget leaves nothing of the chat but its position and that it is closed.
func (f *Folded) forget(seq uint64) {
	gone := chat.Chat{ID: f.Key.ID, Status: chat.Closed, Seq: seq}
	f.State = State{last: f.last, Removed: true, Chat: gone, Lifecycle: Lifecycle{Ticketed: true}}
	fresh := NewFolded(f.Key)
	f.recordOf, f.hasRead, f.said, f.caughtUp, f.members = fresh.recordOf, fresh.hasRead, nil, fresh.caughtUp, fresh.members
}

// Adopt makes the chat what another fold of its log says.
func (f *Folded) Adopt(other *Folded) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.State, f.recordOf, f.hasRead, f.members = other.State, other.recordOf, other.hasRead, other.members
	f.said, f.caughtUp = other.said, other.caughtUp
}

func (f *Folded) takeIn(n Next, at time.Time) error {
	before := f.Chat
	f.Chat = n.Chat
	f.Chat.Seq = max(n.Chat.Seq, n.Entry.Seq)
	if err := f.takeInContent(n); err != nil {
		return err
	}
	round := f.Round
	f.Lifecycle = n.Lifecycle
	if n.Err != nil {
		return n.Err
	}
	if n.Entry.Event == chat.EventMessage { // it changes nothing about who is there, and about the wait for an agent
		return nil
	}
	for _, u := range slices.Concat(before.Users, before.Watchers) {
		if !InChat(f.Chat, u.ID) {
			f.members[u.ID] = n.Entry.Seq
		}
	}
	f.declined = f.declined.after(n.Entry, ids.Unix(at), round, f.Chat)
	var err error
	f.Queue, err = f.Queue.after(n.Entry, ids.Unix(at), before, f.Chat)
	if f.Answered == 0 && f.Chat.Status == chat.Active {
		f.Answered = ids.Unix(at)
	}
	return err
}

// takeInContent keeps what the server reads of an entry besides the chat: the
// members, the messages, and who has read them.
func (f *Folded) takeInContent(n Next) error {
	if n.Entry.Event == chat.EventMessage {
		return f.takeInMessage(n.Entry.Data)
	}
	var data struct {
		UserID  string
		User    struct{ Name, Nickname string }
		Message json.RawMessage
		Config  Config
		UpTo    bool
	}
	switch n.Entry.Event {
	case chat.EventRead, chat.EventCreate:
		if err := json.Unmarshal(n.Entry.Data, &data); err != nil {
			return err
		}
	}
	if n.JoiningUser != "" {
		f.members[n.JoiningUser] = 0
	}
	switch n.Entry.Event {
	case chat.EventCreate:
		f.Config, f.visitor = data.Config, cmp.Or(data.User.Nickname, data.User.Name)
		return f.takeInHistory(n.Entry.Data)
	case chat.EventImport:
		return f.takeInHistory(n.Entry.Data)
	case chat.EventRead:
		return f.markRead(data.UserID, wire.Raw(data.Message), data.UpTo)
	}
	return nil
}

// takeInMessage keeps a message in the memory of its entry.
func (f *Folded) takeInMessage(data wire.Raw) error {
	message := wire.Raw("null")
	err := wire.Read(data, "message", &message)
	if err == nil {
		f.said = append(f.said, len(f.Messages))
		if f.Files.add(message) {
			f.files = append(f.files, len(f.Messages))
		}
		f.Messages = append(f.Messages, message)
		if f.wroteAt == 0 {
			if sender, _ := chat.Text(message, "sender"); sender == f.Chat.Creator {
				f.wroteAt = len(f.Messages)
			}
		}
	}
	return err
}

// takeInHistory keeps imported messages in the memory of their entry.
func (f *Folded) takeInHistory(data wire.Raw) error {
	history := wire.Raw("[]")
	if err := wire.Read(data, "history", &history); err != nil {
		return err
	}
	var messages []wire.Raw
	err := wire.Items(history, func(message wire.Raw) error {
		messages = append(messages, message)
		return nil
	})
	if err == nil {
		f.Messages = append(f.Messages, messages...)
	}
	return err
}

// apply gives the chat after an entry.
func apply(c chat.Chat, e chat.Entry) (chat.Chat, error) {
	next, err := chat.Apply(c, e)
	if err == nil && e.Event == EventUpdate {
		next.Fixed = merge(c.Fixed, wire.Member(e.Data, "changes"))
	}
	return next, err
}

// Audience is a group of users who may see the same entries of a chat.
type Audience int

const (
	visitors  Audience = iota // the public entries
	Staff                     // also who reads along
	audiences                 // how many there are
)

// AudienceOf gives the audience to which an agent or a visitor belongs.
func AudienceOf(agent bool) Audience {
	if agent {
		return Staff
	}
	return visitors
}

// EventReject is the entry of an agent who rejects their invitation. It is in the
// log for the server's own use only.
const EventReject = "invitations:reject"

// EventSought is the entry of a search that found the chat being offered again after it
// was left alone: who searches is to hear how that ends. It is in the log for the
// server's own use only.
const EventSought = "agents:sought"

// visibleTo says who may see an entry, by the chat as it was before it.
//
//	the search for an agent             nobody; all see that it ended without one,
//	                                    unless there was nobody to invite, or an
//	                                    agent is in the chat by then
//	a transfer to an agent              nobody, until the agent accepts
//	a watcher who joins or leaves       staff; visitors too in a chat with historyWatch
//	everything else                     all
func (f *Folded) visibleTo(e chat.Entry) [audiences]bool {
	nobody, all := [audiences]bool{}, [audiences]bool{visitors: true, Staff: true}
	watcher := false
	switch e.Event {
	case chat.EventAssign, EventReject, EventSought, EventEnqueue, EventCooldown:
		return nobody
	case chat.EventAlone:
		if f.Chat.Attended() || FoundNobody(e) {
			return nobody
		}
	case chat.EventTransfer:
		if room, _ := chat.Text(e.Data, "room"); room == "" {
			return nobody
		}
	case chat.EventJoin:
		watcher = joinMode(e) == chat.ModeWatch
	case chat.EventLeave:
		id, _ := chat.Text(e.Data, "userId") // one that cannot be read removes nobody
		watcher = f.Chat.Watchers.Has(id)
	}
	if watcher && !f.Config.HistoryWatch {
		return [audiences]bool{Staff: true}
	}
	return all
}

// JoiningUser gives the id of the user whom an entry brings into the chat, "" if it
// brings nobody.
func JoiningUser(e chat.Entry) string {
	var data struct{ User, Interventor struct{ ID string } }
	switch e.Event {
	case chat.EventCreate, chat.EventJoin, chat.EventIntervene:
		_ = json.Unmarshal(e.Data, &data) // the server wrote it
	}
	if e.Event == chat.EventIntervene {
		return data.Interventor.ID
	}
	return data.User.ID
}

// Removes tells whether an entry takes the user out of the chat for good. A user
// who is away is not removed: when they come back they get all that they missed.
func Removes(e chat.Entry, userID string) bool {
	switch e.Event {
	case chat.EventLeave:
		id, _ := chat.Text(e.Data, "userId")
		return id == userID && !isAway(e)
	case chat.EventIntervene:
		return slices.Contains(RemovedAgents(e), userID)
	}
	return false
}

// RecordsAfter gives the records after a position.
func (s *State) RecordsAfter(seq uint64) []Record {
	return s.Log[sort.Search(len(s.Log), func(i int) bool { return s.Log[i].Seq > seq }):]
}

// Shown gives the data of an entry as clients and webhooks get it: with the whole message
// that was read.
func (s *State) Shown(e chat.Entry) wire.Raw {
	if e.Event == chat.EventRead {
		return s.shownRead(e.Data)
	}
	return e.Data
}
