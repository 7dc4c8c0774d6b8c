package core

import (
	"time"

	"parley/core/wire"
)

// Effect is one order of Step to its shell. Orders are carried out in the order
// given.
type Effect interface{ effect() }

// Orders to the network.
type (
	// Dial makes a socket; its facts carry the epoch.
	Dial struct {
		Epoch int
		URL   string
	}
	// Send sends one text message on the socket of this epoch.
	Send struct {
		Epoch int
		Text  []byte
	}
	// Hangup closes the socket of this epoch with code 1000. Nothing of it
	// matters any more.
	Hangup struct{ Epoch int }
	// Fetch is an HTTP request, answered by Fetched.
	Fetch struct {
		Call        Call
		Method, URL string
		Header      [][2]string
		Body        []byte // nil for none
	}
	// Transfer moves the file of its call, and is answered by Fetched: up, behind
	// the fields of Form, or down if there are none. After Silence without a byte
	// it has failed; when the call ends it is to stop.
	TransferFile struct {
		Call    Call
		URL     string
		Header  [][2]string
		Form    [][2]string
		Silence time.Duration
	}
)

// Orders to what keeps time and keeps things.
type (
	// Arm starts a timer, or starts it anew.
	Arm struct {
		Timer Timer
		After time.Duration
	}
	// Disarm stops a timer if it runs.
	Disarm struct{ Timer Timer }
	// SaveSession keeps the session for the next page. ClearSession forgets it,
	// unless another page has stored a later one; a zero one forgets whatever is stored.
	SaveSession  struct{ Session Session }
	ClearSession struct{ Session Session }
	// Persist keeps a record of the outbox under a key, and is answered by Stored
	// with the number of the write. A nil record is removed; without a number that may
	// take its time.
	Persist struct {
		Key    string
		Record wire.Raw
		Call   Call // who waits for its answer, 0 for nobody
		Write  uint64
	}
	// TakeMore asks for more of the records of the user that is logged in, and is answered
	// by Adopt. It comes only after a More.
	TakeMore struct{}
)

// Orders to what the page sees.
type (
	// Settle and Reject end a call.
	Settle struct {
		Call  Call
		Value wire.Raw
	}
	Reject struct {
		Call Call
		Err  *wire.Error
	}
	// Created tells the caller of SendMessage that the message exists, and that of
	// ImportHistory, without text and sender, under which id its entries will be told.
	Created struct {
		Call                  Call
		EventID, Text, Sender string
	}
	// Mirror sets what pages read without waiting.
	Mirror struct{ Session wire.Raw }
	// OpenChat hands over a chat with all its properties, new or anew; its history
	// is what follows the parts.
	OpenChat struct{ Chat wire.Raw }
	// Part is what was said earlier in a chat that OpenChat is about to hand over,
	// From a place in its history on. With 0 it begins anew.
	HistoryPart struct {
		ChatID   string
		From     uint64
		Messages wire.Raw
	}
	// PatchChat sets some properties of a chat that is held.
	PatchChat struct {
		ChatID  string
		Members wire.Raw
	}
	// Said adds an array of messages to a chat's history, in the order of the log.
	// EventID is that of this client's request which imported them, "" if none did.
	AppendMessages struct {
		ChatID, EventID string
		Messages        wire.Raw
	}
	// Emit tells listeners. ChatID is set when To is ToChat.
	Emit struct {
		To            Target
		ChatID, Event string
		Data          wire.Raw
	}
	// At tells how far in its log a chat has come.
	At struct {
		ChatID string
		Seq    uint64
	}
	// Drop forgets the chats.
	Drop struct{}
)

// Target is whose listeners an Emit is for.
type Target int

const (
	ToUnknown Target = iota
	ToChat           // the documented events of one chat
	ToLobby          // the lobby's
	ToParley         // what goes beyond the documented interface
	ToEvents         // raw pushes by their wire name
)

// Timer names the timers; there is one of each.
type Timer int

const (
	TimerUnknown   Timer = iota
	TimerRedial          // the back-off has passed
	TimerOpen            // the connection has not come about in time
	TimerStable          // the connection has held
	TimerHeartbeat       // time to ping, or to give the connection up
	TimerDeadline        // the earliest deadline of a call
	TimerRetry           // time to send again what the server could not take
)

func (Dial) effect()           {}
func (Send) effect()           {}
func (Hangup) effect()         {}
func (Fetch) effect()          {}
func (TransferFile) effect()   {}
func (Arm) effect()            {}
func (Disarm) effect()         {}
func (SaveSession) effect()    {}
func (ClearSession) effect()   {}
func (Persist) effect()        {}
func (TakeMore) effect()       {}
func (Settle) effect()         {}
func (Reject) effect()         {}
func (Created) effect()        {}
func (Mirror) effect()         {}
func (OpenChat) effect()       {}
func (HistoryPart) effect()    {}
func (PatchChat) effect()      {}
func (AppendMessages) effect() {}
func (Emit) effect()           {}
func (At) effect()             {}
func (Drop) effect()           {}
