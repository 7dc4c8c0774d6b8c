package chat

import "parley/core/wire"

// Events of a chat, by their names on the wire. All but two are entries of its log.
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

// ModeWatch is the mode in which supervisors join to read only.
const ModeWatch = "watch"

// Entry is one entry of a chat's log.
type Entry struct {
	Seq     uint64 // position, given by the log
	Event   string
	EventID string // the id of the request that caused it, "" if the server did
	By      string // id of the acting user, or System
	Data    wire.Raw
}

// Append adds the entry's JSON as it is stored, without the seq, which is the log's.
func (e *Entry) Append(dst []byte) []byte {
	return wire.NewObject(dst).Str("event", e.Event).StrIf("id", e.EventID).Str("by", e.By).Raw("data", e.Data).Done()
}

// ParseEntry reads what Append wrote, and sets its seq. Data shares b's memory.
func ParseEntry(seq uint64, b []byte) (Entry, error) {
	e := Entry{Seq: seq}
	err := wire.Read(b, "event", &e.Event, "id", &e.EventID, "by", &e.By, "data", &e.Data)
	return e, err
}
