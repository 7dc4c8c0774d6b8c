// Package wire is Parley's protocol, version 1: JSON text frames that clients
// and server exchange over one WebSocket, and the small codec they share.
//
// Four kinds of frame, told apart by their fields:
//
//	request  {"id":"<eventId>","event":"<name>","data":{}}
//	reply    {"id":"<same>","data":{}} or {"id":"<same>","error":{"code":403,"message":"..."}}
//	push     {"seq":9,"prev":7,"event":"<name>","data":{}}   seq and prev only on entries of a chat's log
//	control  {"event":"ping"}, {"event":"pong"}, {"event":"bye","data":{"code":4001,"reason":"...","retryAfter":2}}
//
// The first request of a connection is session:open; it has the token, because a URL
// must not have a secret. A request's id is its idempotency key: 1 to 128 printable
// ASCII characters, made by the client and sent again unchanged after a reconnect.
//
// A side that has heard nothing for a while sends ping. Whoever does not answer, with
// pong or any other frame, is gone.
//
// A socket can carry several connections, such as one for each tab of a browser. Frames
// of its first connection are as above. Those of another, a channel, have its number
// directly before their JSON, in both directions; the number alone ends the channel:
//
//	3{"id":"<eventId>","event":"<name>","data":{}}
//	3
//
// Numbers are decimal, without a leading zero, of at most 9 digits. A frame with a number
// greater than all before begins a channel. Each is a connection of its own, with its
// session:open, its requests, its pushes, its ping and its bye. The client ends a channel
// as it would close a socket, after bye for example. The server ends one that is silent,
// or that the client has not ended in time after bye. A number is used once: what still
// comes for a channel that has ended is ignored. The first connection ends with the
// socket, and the socket with all its channels. The server refuses a channel too many
// with bye and the channel's end, and a frame whose number is malformed on the first
// connection. All channels of a socket share the rate of requests.
//
// Several frames can travel in one message of a WebSocket, which costs a browser what one
// costs. A client that reads such messages says "lines":true in the session:open of the
// socket's first connection. From then on the server ends each frame with a line feed,
// which is nowhere else in a frame, and may send several in one message; and it takes such
// messages. A client may send them once it has got one: their frames are of at most 64 KiB
// together, unless there is one alone.
//
// Replies to session:open, chats:get and chats:create give chats with their history. If the
// request has "inParts":true, a chat in the reply has only the newest messages.
// Frames of a bounded size with the earlier ones come before the reply:
//
//	{"event":"chats:history","data":{"chatId":"...","from":0,"history":[...]}}
//
// from is the index in the history; with 0 the history begins again.
//
// seq is the position of an entry in the log. It grows within a chat, by one or
// more. prev is the seq of the last entry before it that this recipient may see: a
// recipient whose last seq of the chat differs has missed something. A push of the
// recipient's own act (in another tab, or replayed) has the act's id as eventId.
//
// The server never closes a socket first: it sends bye and waits, because the
// close frames that follow a server's own close reach browsers as code 1006.
//
// The codec has a scanner of its own, because jsontext would add 40 KB (brotli) to the
// WebAssembly and encoding/json some 120 KB; its tests are held against both. Payloads
// stay raw JSON; only what a state machine reads is decoded.
package wire
