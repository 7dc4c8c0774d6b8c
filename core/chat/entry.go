package chat

import "parley/core/wire"

// Names of the entries of a chat's log; they are the wire's event names.
const (
	EventCreate    = "chats:create"
	EventAssign    = "chats:assign"
	EventJoin      = "chats:join"
	EventLeave     = "chats:leave"
	EventClose     = "chats:close"
	EventIntervene = "chats:intervene"
	EventTransfer  = "chats:transfer"
	EventMessage   = "messages:new"
	EventRead      = "messages:read"
	EventImport    = "history:import"
	EventActivity  = "users:activity" // never in a log
	EventAlone     = "forever:alone"
	EventInfo      = "system:info"
	EventQueue     = "queues:update" // never in a log

	EventExpiryAlert = "chats:expiryAlert"
)

// ModeWatch is the mode of those who read along.
const ModeWatch = "watch"

// Entry is one fact of a chat's log.
type Entry struct {
	Seq     uint64 // position, given by the log
	Event   string
	EventID string // the request that caused it, "" if the server did
	By      string // id of the acting user, or System
	Data    wire.Raw
}

// Append adds the entry as it is stored; the seq is the log's own and not in it.
func (e *Entry) Append(dst []byte) []byte {
	return wire.NewObject(dst).Str("event", e.Event).StrIf("id", e.EventID).Str("by", e.By).Raw("data", e.Data).Done()
}

// ParseEntry reads what Append wrote, and sets its seq. Data is a part of b.
func ParseEntry(seq uint64, b []byte) (Entry, error) {
	e := Entry{Seq: seq}
	err := wire.Read(b, "event", &e.Event, "id", &e.EventID, "by", &e.By, "data", &e.Data)
	return e, err
}
