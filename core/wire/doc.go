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
// The first request of a connection is session:open; nothing secret stands in a
// URL. A request's id is the idempotency key of what it does: 1 to 128 printable
// ASCII characters, made by the client, sent again unchanged after a reconnect.
//
// Replies to session:open and chats:get give chats with their history. Asked with
// "inParts":true, a chat in the reply has only the newest messages, and what was
// said earlier goes before the reply, in frames of a bounded size:
//
//	{"event":"chats:history","data":{"chatId":"...","from":0,"history":[...]}}
//
// from is the place in the history; with 0 it begins anew.
//
// seq is the position of an entry in the log and grows within a chat, not by
// one. prev is the seq of the entry before it that this recipient may see; a
// recipient whose last seq of the chat differs has missed something. A push that
// tells users of their own act (another tab, a replay) carries its eventId.
//
// The server never closes a socket first: it sends bye and waits, because the
// close frames that follow a server's own close reach browsers as code 1006.
//
// The codec stands on jsontext and not on encoding/json, which would add some
// 80 KB (brotli) to the WebAssembly. Payloads are kept as raw JSON; only what a
// state machine reads is decoded.
package wire
