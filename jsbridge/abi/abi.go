package abi

import "parley/core"

// Value is one thing that crosses: an argument, or a value of an effect.
type Value struct {
	Name     string
	Type     string // in TypeScript
	Optional bool
}

// Function is a function that one side calls on the other.
type Function struct {
	Name   string
	Params []Value
	Doc    string
}

// Command is what the page asks the core for. The core ends it with one
// "settle" or "reject".
type Command struct {
	Name string
	Args []Value
	// Rest is the type of further arguments, which go to the server as they
	// are. Empty if there are none.
	Rest string
	Doc  string
}

// Effect is what the core orders the page to do.
type Effect struct {
	Name   string
	Values []Value
	Doc    string
}

// Enum is a set of words that cross as numbers.
type Enum struct {
	Name, Doc string
	Values    []Number
}

// Number is the number that stands for a word.
type Number struct {
	Word   string
	Number int
}

// What parley_socket reports of a socket.
const (
	SocketOpened    = 1
	SocketClosed    = 2
	SocketUnreached = 3
	SocketMoved     = 4
)

// Enums are the words that cross as numbers.
var Enums = []Enum{
	{"SocketEvent", "What parley_socket reports of a socket.",
		[]Number{{"opened", SocketOpened}, {"closed", SocketClosed}, {"unreached", SocketUnreached}, {"moved", SocketMoved}}},
	{"PageEvent", "What parley_page reports of the page.",
		[]Number{{"online", int(core.PageOnline)}, {"offline", int(core.PageOffline)}, {"visible", int(core.PageVisible)}, {"hidden", int(core.PageHidden)},
			{"left", int(core.PageLeft)}, {"back", int(core.PageBack)}}},
	{"Timer", "The timers of the core.",
		[]Number{{"redial", int(core.TimerRedial)}, {"open", int(core.TimerOpen)}, {"stable", int(core.TimerStable)}, {"heartbeat", int(core.TimerHeartbeat)},
			{"deadline", int(core.TimerDeadline)}, {"retry", int(core.TimerRetry)}}},
}

// Exports are the functions of the program that the page calls, all with
// numbers only. Each but the first two returns the length of a batch of
// effects.
var Exports = []Function{
	{"parley_input", []Value{{Name: "size", Type: "number"}}, "Makes room for an input of this many bytes and gives its address."},
	{"parley_output", nil, "Gives the address of the last batch."},
	{"parley_command", []Value{{Name: "call", Type: "number"}, {Name: "length", Type: "number"}},
		"Carries out one command; the input is its JSON. The effects that answer it name the call; 0 if nobody waits."},
	{"parley_frames", []Value{{Name: "epoch", Type: "number"}, {Name: "length", Type: "number"}},
		"Takes frames of a socket; in the input, each follows its length in 4 bytes, little endian."},
	{"parley_said", []Value{{Name: "epoch", Type: "number"}, {Name: "seq", Type: "number"}, {Name: "prev", Type: "number"}, {Name: "chat", Type: "number"},
		{Name: "user", Type: "number"}, {Name: "message", Type: "number"}, {Name: "sender", Type: "number"}, {Name: "request", Type: "number"},
		{Name: "imported", Type: "number"}},
		"Takes a message, whose payload the page keeps: of somebody else, or in the reply to a request; in the input, five ids of so many bytes. " +
			"Effects have {\"$\":0} for the payload and {\"$\":1} for the message in it."},
	{"parley_socket", []Value{{Name: "epoch", Type: "number"}, {Name: "kind", Type: "number"}, {Name: "code", Type: "number"}},
		"Reports a SocketEvent, with the close code if it was closed, and 1 if it was opened and is the program's own WebSocket. " +
			"Unreached: nobody answered, or without room, none was made; the code is the seconds to wait. Moved: another tab has it now, or is to have it."},
	{"parley_timer", []Value{{Name: "id", Type: "number"}}, "Reports that a timer has run out."},
	{"parley_fetched", []Value{{Name: "call", Type: "number"}, {Name: "status", Type: "number"}, {Name: "length", Type: "number"}},
		"Reports the response to an HTTP request; its body is the input. Status 0: the server was not reached. " +
			"Status -1: the file to upload cannot be read. Status -2: the page gives it up."},
	{"parley_page", []Value{{Name: "kind", Type: "number"}}, "Reports a PageEvent."},
	{"parley_moment", []Value{{Name: "now", Type: "number"}, {Name: "wall", Type: "number"}, {Name: "random", Type: "bigint"}},
		"Says when the next call comes: by a clock that nobody sets, by the system's, and a random number."},
	{"parley_trace", []Value{{Name: "on", Type: "number"}}, "Has batches tell everything (1), for a recording, or what the page needs (0)."},
	{"parley_stats", nil, "Gives counts and memory figures, as a JSON object in place of a batch."},
}

// Hosts are the functions of the page that Go calls.
var Hosts = []Function{
	{"ready", []Value{{Name: "version", Type: "string"}}, "The exports can be called."},
	{"dial", []Value{{Name: "transport", Type: "string"}, {Name: "url", Type: "string"}, {Name: "epoch", Type: "number"}},
		"Makes a socket, listens to it, and gives it."},
	{"fetched", []Value{{Name: "response", Type: "Promise<Response>"}, {Name: "call", Type: "number"}}, "Waits for the response to an HTTP request."},
}

// Commands are in the order of index.d.ts. They are in the input of
// parley_command as {"name":"...","args":{...}}.
var Commands = []Command{
	{Name: "init", Doc: "Makes the core ready for an app, and restores a stored session.", Args: []Value{
		{Name: "appId", Type: "string"}, {Name: "api", Type: "string"}, {Name: "socket", Type: "string"}, {Name: "domainKey", Type: "string", Optional: true},
		{Name: "stored", Type: "Session | null"}, {Name: "outbox", Type: "object[]"}, {Name: "newest", Type: "string"},
		{Name: "again", Type: "Again", Optional: true}}},
	{Name: "chat.create", Doc: "Creates a chat.", Args: []Value{{Name: "config", Type: "Config"}}, Rest: "Record<string, unknown>"},
	{Name: "chat.load", Doc: "Gets a chat from the server.", Args: []Value{{Name: "id", Type: "string"}, {Name: "config", Type: "Config"}}},
	{Name: "chat.search", Doc: "Asks for an agent.", Args: []Value{{Name: "chatId", Type: "string"}, {Name: "algorithm", Type: "string", Optional: true}}},
	{Name: "chat.activity", Doc: "Tells the others about typing.", Args: []Value{{Name: "chatId", Type: "string"}, {Name: "type", Type: "string"}}},
	{Name: "chat.send", Doc: "Sends text.", Args: []Value{{Name: "chatId", Type: "string"}, {Name: "text", Type: "string"}}},
	{Name: "chat.upload", Doc: "Sends a file, which stays in the page.",
		Args: []Value{{Name: "chatId", Type: "string"}, {Name: "name", Type: "string"}, {Name: "size", Type: "number"}}},
	{Name: "chat.import", Doc: "Adds an earlier conversation to a chat.", Args: []Value{{Name: "chatId", Type: "string"}, {Name: "history", Type: "object[]"}}},
	{Name: "chat.read", Doc: "Marks a message as read; with upTo, also all before it.",
		Args: []Value{{Name: "chatId", Type: "string"}, {Name: "messageId", Type: "string"}, {Name: "upTo", Type: "boolean", Optional: true}}},
	{Name: "chat.close", Doc: "Closes a chat.", Args: []Value{{Name: "chatId", Type: "string"}, {Name: "extraData", Type: "object", Optional: true}}},
	{Name: "download", Doc: "Gets a file of the server, with the session's token or another one.",
		Args: []Value{{Name: "path", Type: "string"}, {Name: "token", Type: "string", Optional: true}}},
	{Name: "login", Doc: "Opens a session.", Args: []Value{{Name: "id", Type: "string"}, {Name: "token", Type: "string"}}},
	{Name: "logout", Doc: "Ends the session."},
	{Name: "renewable", Doc: "Has renew ask for another session of the user when theirs has ended; login or logout answers."},
	{Name: "retry", Doc: "Sends a message again now.", Args: []Value{{Name: "eventId", Type: "string"}}},
	{Name: "discard", Doc: "Gives up a message that has not been sent.", Args: []Value{{Name: "eventId", Type: "string"}}},
	{Name: "adopt", Doc: "Hands over outbox records of pages that have ended.",
		Args: []Value{{Name: "outbox", Type: "object[]"}, {Name: "newest", Type: "string"}}},
	{Name: "event.send", Doc: "Makes a request by its wire name.", Args: []Value{{Name: "event", Type: "string"}, {Name: "data", Type: "object"}}},
	{Name: "api", Doc: "Makes a REST call.",
		Args: []Value{{Name: "method", Type: "string"}, {Name: "path", Type: "string"}, {Name: "body", Type: "object", Optional: true}}},
}

// Objects are arguments of commands that have members of their own.
var Objects = []Command{
	{Name: "Config", Doc: "The second argument of Chat.init.",
		Args: []Value{{Name: "assignMaxAttempts", Type: "number", Optional: true}, {Name: "assignTimeout", Type: "number", Optional: true}}},
	{Name: "Session", Doc: "What opens a session again.",
		Args: []Value{{Name: "appId", Type: "string"}, {Name: "id", Type: "string"}, {Name: "token", Type: "string"}}},
	{Name: "Again", Doc: "What a core takes over from one that has crashed in this page.", Args: []Value{
		{Name: "id", Type: "string"}, {Name: "token", Type: "string"}, {Name: "user", Type: "object | null"},
		{Name: "chats", Type: "object[]"}, {Name: "calls", Type: "Record<string, number>"}, {Name: "now", Type: "number"}}},
}

// Effects are in a batch as ["name", value, ...].
var Effects = []Effect{
	{"settle", []Value{{Name: "call", Type: "number"}, {Name: "value", Type: "any"}}, "ends a call with a value"},
	{"reject", []Value{
		{Name: "call", Type: "number"},
		{Name: "error", Type: "{ code: number; message: string; detail?: string; field?: string; reason?: string }"},
	},
		"ends a call with an error"},
	{"created", []Value{{Name: "call", Type: "number"}, {Name: "eventId", Type: "string"}, {Name: "text", Type: "string"}, {Name: "sender", Type: "string"}},
		"the message of a call exists; for an import, text and sender are empty"},
	{"transfer", []Value{{Name: "call", Type: "number"},
		{Name: "order", Type: "{ url: string; headers: Record<string, string>; form: Record<string, string> | null; silence: number }"}},
		"moves the file of a call: up behind the fields of form, or down if form is null; fails after silence ms without a byte"},
	{"session", []Value{
		{Name: "mirror", Type: "{ isInit?: boolean; logged?: boolean; user?: unknown; token?: string | null; " +
			"limits?: { message: number; frame: number }; now?: number }"}},
		"what pages read of the session without waiting; absent members stay as they are; now is the server's time"},
	{"part", []Value{{Name: "chatId", Type: "string"}, {Name: "from", Type: "number"}, {Name: "messages", Type: "any[]"}},
		"earlier messages of a chat that open is about to give, from this index of its history on; with 0 the history begins again"},
	{"open", []Value{{Name: "chat", Type: "any"}}, "a chat with all its properties; its history follows the parts"},
	{"patch", []Value{{Name: "chatId", Type: "string"}, {Name: "members", Type: "object"}}, "sets some properties of a chat"},
	{"append", []Value{{Name: "chatId", Type: "string"}, {Name: "messages", Type: "any[]"}, {Name: "eventId", Type: "string"}},
		"adds messages to a chat's history; eventId is of this page's import, or empty"},
	{"at", []Value{{Name: "chatId", Type: "string"}, {Name: "seq", Type: "number"}}, "a chat's position in its log"},
	{"drop", nil, "forgets all chats"},
	{"chat", []Value{{Name: "chatId", Type: "string"}, {Name: "event", Type: "string"}, {Name: "data", Type: "any"}}, "emits to a chat's listeners"},
	{"lobby", []Value{{Name: "event", Type: "string"}, {Name: "data", Type: "any"}}, "emits to ICF.Lobby's listeners"},
	{"parley", []Value{{Name: "event", Type: "string"}, {Name: "data", Type: "any"}}, "emits to ICF.Parley's listeners"},
	{"event", []Value{{Name: "event", Type: "string"}, {Name: "data", Type: "any"}}, "emits to ICF.Events's listeners, by the wire name"},
	{"arm", []Value{{Name: "timer", Type: "number"}, {Name: "ms", Type: "number"}}, "starts a timer, or restarts it"},
	{"disarm", []Value{{Name: "timer", Type: "number"}}, "stops a timer"},
	{"persist", []Value{{Name: "key", Type: "string"}, {Name: "record", Type: "any"}, {Name: "call", Type: "number"}, {Name: "late", Type: "boolean"}},
		"stores a record for a call (0 for none), or deletes it if it is null; if it is late, that can wait"},
	{"save", []Value{{Name: "session", Type: "Session"}}, "stores the session for the next page"},
	{"clear", []Value{{Name: "session", Type: "Session"}}, "deletes the stored session, unless another page has stored another one"},
	{"renew", nil, "asks for another session of the user; may come again before it is answered"},
	{"more", nil, "asks for the next outbox records of ended pages; adopt answers it"},
	{"fatal", []Value{{Name: "message", Type: "string"}}, "the core has a defect and must not be called again"},
}
