package core

import "parley/core/wire"

// Input is one thing that happened: one of the commands and facts below.
type Input interface{ input() }

// Moment is when an Input happened.
type Moment struct {
	Now  int64  // unix milliseconds
	Rand uint64 // fresh and unpredictable for each input
}

// Call is the number under which the page waits for a command's outcome; 0
// means that nobody waits.
type Call uint64

// Commands: what the page asks for. Each is ended by one Settle or Reject of
// its Call.
type (
	// Init makes the client ready for an app and restores a stored session.
	Init struct {
		Call   Call
		App    App
		Stored *Session   // as read from the store, nil if there is none
		Outbox []wire.Raw // records that an earlier page persisted and nobody acknowledged, in the order of their keys
		More   bool       // the store has more of them
		Again  *Again     // what an instance that died has left in this very page, nil on a page's first
	}
	// API is a REST call. Path follows the API's base and has the query, if any;
	// Body is JSON, nil for none.
	API struct {
		Call         Call
		Method, Path string
		Body         wire.Raw
	}
	// Login opens a session for a user.
	Login struct {
		Call      Call
		ID, Token string
	}
	// Logout ends the session; it closes no chat.
	Logout struct{ Call Call }
	// CreateChat starts a chat. Data is the chats:create request.
	CreateChat struct {
		Call   Call
		Data   wire.Raw
		Config Config
	}
	// LoadChat gets a chat from the server and holds it from then on.
	LoadChat struct {
		Call   Call
		ChatID string
		Config Config
	}
	// SearchAgent asks for an agent; Algorithm "" is the server's default.
	SearchAgent struct {
		Call              Call
		ChatID, Algorithm string
	}
	// SendActivity tells the others about typing.
	SendActivity struct {
		Call         Call
		ChatID, Type string
	}
	// SendMessage sends text; it is stored until the server has it.
	SendMessage struct {
		Call         Call
		ChatID, Text string
	}
	// Upload sends a file as a message. The shell has the file; Size is in bytes.
	Upload struct {
		Call         Call
		ChatID, Name string
		Size         uint64
	}
	// Download gets a file of the server, which the shell keeps for the caller.
	// Token is that of another session than the one open, "" for none.
	Download struct {
		Call        Call
		Path, Token string
	}
	// ImportHistory brings an earlier conversation into a chat; it is stored until
	// the server has it. History is an array of entries.
	ImportHistory struct {
		Call    Call
		ChatID  string
		History wire.Raw
	}
	// ReadMessage tells that a message was read, with UpTo also all before it.
	ReadMessage struct {
		Call              Call
		ChatID, MessageID string
		UpTo              bool
	}
	// CloseChat ends a chat. ExtraData is an object or nil.
	CloseChat struct {
		Call      Call
		ChatID    string
		ExtraData wire.Raw
	}
	// Retry sends at once what waits in the outbox, or again what was refused. A
	// message that was refused settles like one that is sent for the first time.
	Retry struct {
		Call    Call
		EventID string
	}
	// Discard gives up a message that is not on its way.
	Discard struct {
		Call    Call
		EventID string
	}
	// SendEvent is any request by its wire name.
	SendEvent struct {
		Call  Call
		Event string
		Data  wire.Raw
	}
)

// Facts: what the world reports.
type (
	// Adopt hands over records that a page of this user left when it ended: while this
	// one was there already, or the next of many, as TakeMore has asked.
	Adopt struct {
		Outbox []wire.Raw
		More   bool // the store has more of them
	}
	// Stored tells that the store has done with all writes up to this one. Those that
	// it refused last as long as the page.
	Stored struct{ Write uint64 }
	// Opened and Closed tell of the socket dialled with this epoch. One that could
	// not be made is closed too; Code is the close code, 0 if there is none.
	Opened struct{ Epoch int }
	Closed struct{ Epoch, Code int }
	// Frame is one text message from the server.
	Frame struct {
		Epoch int
		Text  []byte
	}
	// Fetched answers a Fetch or a Transfer, whose file is not in it; a negative
	// Status means that the file to be sent cannot be read. Status 0 means that the server was not reached;
	// Body is then the reason in words.
	Fetched struct {
		Call   Call
		Status int
		Body   []byte
	}
	// Fired tells that a timer armed before has run out.
	Fired struct{ Timer Timer }
	// Page tells of the page's own life.
	Page struct{ Event PageEvent }
)

// PageEvent is a change of the page that concerns the connection.
type PageEvent int

const (
	PageUnknown PageEvent = iota
	PageOnline            // the network is back, says the browser
	PageOffline
	PageVisible // seen again, or shown again from the back/forward cache
	PageHidden
)

// App is what a client is made ready for.
type App struct {
	ID        string
	API       string // base of REST, such as https://host/v1
	Socket    string // such as wss://host/v1/socket
	DomainKey string // optional, sent as x-hyper-key
}

// Again is what an instance takes over from the one before it, so that the page
// notices no more than a reconnect.
type Again struct {
	User  wire.Raw        // the profile of who is logged in
	Chats []wire.Raw      // as the page has them: Chat objects with seq and last, the id of the newest message
	Calls map[string]Call // who waits for what is in the outbox, by its id
}

// Session is what must be known to come back: who, with which token, where.
type Session struct{ AppID, ID, Token string }

// Config is Chat.init's second argument; what is zero is left to the server.
type Config struct {
	AssignMaxAttempts int
	AssignTimeout     string // seconds, a JSON number kept as text: it is only handed on
}

func (Init) input()          {}
func (API) input()           {}
func (Login) input()         {}
func (Logout) input()        {}
func (CreateChat) input()    {}
func (LoadChat) input()      {}
func (SearchAgent) input()   {}
func (SendActivity) input()  {}
func (SendMessage) input()   {}
func (Upload) input()        {}
func (Download) input()      {}
func (ImportHistory) input() {}
func (ReadMessage) input()   {}
func (CloseChat) input()     {}
func (Retry) input()         {}
func (Discard) input()       {}
func (SendEvent) input()     {}
func (Adopt) input()         {}
func (Stored) input()        {}
func (Fetched) input()       {}
func (Fired) input()         {}
func (Page) input()          {}
func (Opened) input()        {}
func (Closed) input()        {}
func (Frame) input()         {}
