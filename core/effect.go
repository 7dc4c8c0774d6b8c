package core

import (
	"time"

	"parley/core/wire"
)

// Effect is one order of Step to its shell: one of those below, by value. The shell
// carries them out in their order.
type Effect interface{ effect() }

// Orders to the network.
type (
	// Dial makes a socket, which reports with this epoch. URL fits the transport.
	Dial struct {
		Epoch     int
		URL       string
		Transport Transport
	}
	// Send sends one text message on the socket of this epoch.
	Send struct {
		Epoch int
		Text  []byte
	}
	// Hangup closes the socket of this epoch with code 1000. What it reports later is
	// ignored.
	Hangup struct{ Epoch int }
	// Fetch makes an HTTP request. Fetched answers it.
	Fetch struct {
		Call        Call
		Method, URL string
		Header      [][2]string
		Body        []byte // nil for none
	}
	// TransferFile moves the file of a call: it uploads the fields of Form and then the
	// file, or downloads if Form is nil. It fails after Silence without a byte, and
	// stops when the call ends. Fetched answers it.
	TransferFile struct {
		Call    Call
		URL     string
		Header  [][2]string
		Form    [][2]string
		Silence time.Duration
	}
)

// Orders to timers and to the store.
type (
	// Arm starts a timer, or restarts it.
	Arm struct {
		Timer Timer
		After time.Duration
	}
	// Disarm stops a timer if it runs.
	Disarm struct{ Timer Timer }
	// SaveSession stores the session for the next page.
	SaveSession struct{ Session Session }
	// ClearSession deletes the stored session, unless another page has stored a
	// later one. A zero Session deletes any.
	ClearSession struct{ Session Session }
	// Persist stores a record of the outbox under a key; a nil one deletes it. Nothing
	// waits for it. What cannot be stored lasts as long as the page.
	Persist struct {
		Key    string
		Record wire.Raw
		Call   Call // the caller that waits for the request, 0 for none
		Late   bool // the record can wait a moment for the answer, as the request is on its way; the deletion can wait, as the server has it
	}
	// Renew asks for another session of the user: see Renewable. It may come again before
	// it is answered.
	Renew struct{}
	// TakeMore asks for the next records of the user who is logged in. Adopt answers
	// it. It comes only after an Init or Adopt that names a Newest.
	TakeMore struct{}
)

// Orders about what the page sees.
type (
	// Settle ends a call with a value.
	Settle struct {
		Call  Call
		Value wire.Raw
	}
	// Reject ends a call with an error.
	Reject struct {
		Call Call
		Err  *wire.Error
	}
	// Created gives the caller of SendMessage the id of the message, which exists from
	// now on. The caller of ImportHistory gets the id that AppendMessages will have,
	// without Text and Sender.
	Created struct {
		Call                  Call
		EventID, Text, Sender string
	}
	// Mirror sets what pages read of the session without waiting.
	Mirror struct{ Session wire.Raw }
	// OpenChat gives a chat with all its properties, for the first time or again. Its
	// history follows the parts.
	OpenChat struct{ Chat wire.Raw }
	// HistoryPart is a part of the history of a chat that OpenChat will give: the
	// messages from index From on. With From 0 the history begins again.
	HistoryPart struct {
		ChatID   string
		From     uint64
		Messages wire.Raw
	}
	// PatchChat sets some properties of a chat.
	PatchChat struct {
		ChatID  string
		Members wire.Raw
	}
	// AppendMessages adds an array of messages to a chat's history, in the order of
	// the log. EventID is the id of this client's request if it imported them, else "".
	AppendMessages struct {
		ChatID, EventID string
		Messages        wire.Raw
	}
	// Emit emits an event to listeners. ChatID is set if To is ToChat.
	Emit struct {
		To            Target
		ChatID, Event string
		Data          wire.Raw
	}
	// At gives the position of a chat in its log.
	At struct {
		ChatID string
		Seq    uint64
	}
	// Drop forgets all chats.
	Drop struct{}
)

// Target says whose listeners an Emit is for.
type Target int

const (
	ToUnknown Target = iota
	ToChat           // those of one chat
	ToLobby          // ICF.Lobby's
	ToParley         // ICF.Parley's, which are beyond the documented interface
	ToEvents         // ICF.Events's, which get pushes by their wire name
)

// Timer names a timer. There is one of each.
type Timer int

const (
	TimerUnknown   Timer = iota
	TimerRedial          // the back-off has passed
	TimerOpen            // the session has not opened in time
	TimerStable          // the connection has been open for a while
	TimerHeartbeat       // time to ping, or to give up the connection
	TimerDeadline        // the earliest deadline has passed
	TimerRetry           // time to send deferred requests again
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
func (Renew) effect()          {}
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
