package core

import "parley/core/wire"

// Input is one thing that happened: one of the commands and facts below, by value.
type Input interface{ input() }

// Moment is when an Input happened.
type Moment struct {
	Now  int64  // unix milliseconds; changes of the system clock should have no effect on it
	Wall int64  // unix milliseconds by the system clock, for times that pages show; 0 is the same as Now
	Rand uint64 // fresh and unpredictable for each input
}

// Call is the number by which the page waits for a command's outcome. 0 means that
// nobody waits.
type Call uint64

// Commands are what the page asks for. One Settle or Reject ends the Call of each.
type (
	// Init makes the client ready for an app and restores a stored session.
	Init struct {
		Call   Call
		App    App
		Stored *Session   // the session in the store, or nil
		Outbox []wire.Raw // records of ended pages, sorted by key
		Newest string     // id of the newest record that is still in the store, or ""
		Again  *Again     // left by an instance that died in this page, nil for the page's first instance
	}
	// API makes a REST call. Path is relative to App.API and has the query, if any.
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
	// Renewable says that the page can get another session of a user whose own has ended.
	// From now on Renew asks for it; Login of the same user answers, or Logout.
	Renewable struct{ Call Call }
	// CreateChat creates a chat. Data is that of the chats:create request.
	CreateChat struct {
		Call   Call
		Data   wire.Raw
		Config Config
	}
	// LoadChat gets a chat from the server and keeps it up to date from then on.
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
	// SendMessage sends text. It is stored until the server has it.
	SendMessage struct {
		Call         Call
		ChatID, Text string
	}
	// Upload sends a file as a message. The shell keeps the file. Size is in bytes.
	Upload struct {
		Call         Call
		ChatID, Name string
		Size         uint64
	}
	// Download gets a file of the server, which the shell keeps for the caller.
	// Token is of another session, "" for the open one.
	Download struct {
		Call        Call
		Path, Token string
	}
	// ImportHistory adds an earlier conversation to a chat. It is stored until the
	// server has it. History is an array of entries.
	ImportHistory struct {
		Call    Call
		ChatID  string
		History wire.Raw
	}
	// ReadMessage marks a message as read, with UpTo also all before it.
	ReadMessage struct {
		Call              Call
		ChatID, MessageID string
		UpTo              bool
	}
	// CloseChat closes a chat. ExtraData is an object or nil.
	CloseChat struct {
		Call      Call
		ChatID    string
		ExtraData wire.Raw
	}
	// Retry sends a pending message at once, or a refused one again. For a refused
	// message the call ends as that of SendMessage does.
	Retry struct {
		Call    Call
		EventID string
	}
	// Discard gives up a message that cannot have reached the server.
	Discard struct {
		Call    Call
		EventID string
	}
	// SendEvent makes any request by its wire name.
	SendEvent struct {
		Call  Call
		Event string
		Data  wire.Raw
	}
)

// Facts are what the world reports.
type (
	// Adopt hands over records of ended pages of this user: pages that ended after
	// Init, or the next batch, which TakeMore asked for.
	Adopt struct {
		Outbox []wire.Raw
		Newest string // id of the newest record that is still in the store, or ""
	}
	// Opened reports that the socket dialled with this epoch is open. Direct says that what
	// is sent is at once with the network of the system, whatever becomes of the page; by
	// HTTP, or by the socket of another tab, it may wait.
	Opened struct {
		Epoch  int
		Direct bool
	}
	// Closed reports that the socket dialled with this epoch is closed, or could not
	// be made. Code is the close code, or 0. Unreached says that nobody
	// answered at the address, or that there was no room, so that no WebSocket was tried.
	// Moved says that another tab of the browser has the socket now, or is to have it.
	// RetryAfter is the time that the server asks to wait, in seconds; 0 if none.
	Closed struct {
		Epoch, Code      int
		Unreached, Moved bool
		RetryAfter       uint64
	}
	// Frame is one text message from the server.
	Frame struct {
		Epoch int
		Text  []byte
	}
	// Said is a frame with a message, from a shell that has parsed it and keeps the payload:
	// the push of somebody else's or, if it names a Request, the reply to that. The core gets
	// what it decides by. Data and Message, one JSON value each, stand for the payload and
	// for the message in it, and come back in effects.
	Said struct {
		Epoch             int
		Request           string // a reply's
		Seq, Prev         uint64
		ChatID, UserID    string // a push's
		MessageID, Sender string
		Imported          bool
		Data, Message     wire.Raw
	}
	// Fetched is the response to a Fetch or TransferFile; a downloaded file is not in
	// it. Status 0 means that the server was not reached, -1 that the file to upload
	// cannot be read, with the reason in words as the body. GivenUp comes at any time of
	// a transfer.
	Fetched struct {
		Call   Call
		Status int
		Body   []byte
	}
	// Fired reports that a timer has run out.
	Fired struct{ Timer Timer }
	// Page reports a change of the page.
	Page struct{ Event PageEvent }
)

// GivenUp is the status of a transfer that the page wants no more.
const GivenUp = -2

// PageEvent is a change of the page.
type PageEvent int

const (
	PageUnknown PageEvent = iota
	PageOnline            // the browser says that the network is back
	PageOffline
	PageVisible // visible again
	PageHidden
	PageLeft // left by a link, and kept by the browser in its back/forward cache
	PageBack // shown again from that cache
)

// App is the app that a client works for, and where its server is.
type App struct {
	ID        string
	API       string // base of REST, such as https://host/v1
	Socket    string // such as wss://host/v1/socket
	DomainKey string // optional, sent as x-hyper-key
}

// Again is what an instance takes over from one that died in the same page, so that
// the page sees no more than a reconnect.
type Again struct {
	User  wire.Raw        // the profile of the user who is logged in
	Chats []wire.Raw      // the page's chats, with seq, and last, the id of the newest message
	Calls map[string]Call // by id, the callers that wait for requests in the outbox
	Now   uint64          // the server's time, in unix milliseconds
}

// Session identifies a user's session.
type Session struct{ AppID, ID, Token string }

// Config is the second argument of Chat.init. A zero field leaves it to the server.
type Config struct {
	AssignMaxAttempts int
	AssignTimeout     string // seconds, as the text of a JSON number
}

func (Init) input()          {}
func (API) input()           {}
func (Login) input()         {}
func (Logout) input()        {}
func (Renewable) input()     {}
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
func (Fetched) input()       {}
func (Fired) input()         {}
func (Page) input()          {}
func (Opened) input()        {}
func (Closed) input()        {}
func (Frame) input()         {}
func (Said) input()          {}
