// Package server is Parley's chat server: REST and WebSockets over one table of
// operations (ops.go), and over NATS JetStream as the only store.
//
// A chat is a log: one subject of the stream PARLEY_CHATS, appended with the
// expected sequence, so that everybody sees one order (chatlog.go). What a chat
// is follows from its log alone (fold.go, core/chat); folded chats are cached and
// can be thrown away at any time. Buckets only help to find things: who may be in
// which chat (members.go), who takes chats (duty.go), which chats need the server
// at some time (timers.go). Where they and the log differ, the log holds.
//
// The path of an act, from one client to another:
//
//	socket.go    a frame comes in
//	read.go      parsed; requests of a connection are carried out one by one
//	authorize.go who may do this is decided here and nowhere else
//	ops_*.go     the operation: checks the chat, makes an entry
//	chatlog.go   appended, or found to be there already under the request's id
//	hub.go       connections on which the chat is live are marked; on other nodes
//	             a consumer of the stream does that
//	pump.go      each connection fetches what is new from the log, leaves out what
//	             its user may not see (visible.go), and writes it at its own pace
//
// So the log is also the queue of every connection: a slow reader lags behind in
// it and costs nothing, and to resume is to set a cursor back. The reply to an act
// is written at the place of the entry that it made; pushes and replies of a chat
// form one chain by seq and prev. What is in no log (typing, invitations) goes
// through whisper.go and may get lost with a connection.
//
// Chats that wait have a board (board.go): every open chat, in which room and line
// it stands, and how much each agent has to do, in the memory of every node. It is
// written after each entry, and mended from the logs (boardkeep.go). With queue mode
// a chat has a place in line, which follows from its log (place.go); the desk
// invites agents who have time to the first in line (queue.go, desk.go) and tells
// visitors where they stand (positions.go). Closed chats are listed in archive.go.
//
// An agent is found in rounds of invitations (assign.go, algorithm.go), which are
// entries of the chat's log too (round.go) and go on after a restart. A transfer is
// a round as well (transfer.go): whoever hands the chat over stays in it until the
// log has the next agent, and is let go by an entry that a timer makes good.
//
// When a chat needs the server next follows from its log (life.go); it is noted
// before each append that makes it sooner, and attend.go does what is due then: the
// next invitation, the ticket, the alert before a chat expires and its close
// (expiry.go). Visitors whose last connection to any node is lost are noticed in
// absence.go, which asks the other nodes (presence.go) and stores nothing; past the
// grace the log says that they are away, and they come back by session:open.
//
// An app's own servers are told of what happens by webhooks (webhooks.go). What a
// webhook has not been told yet is a consumer of the log of its own
// (webhook_queue.go), which the nodes share. One may also choose the agent for
// each invitation (webhook_assign.go).
//
// Files are kept in an object store (media.go); what an upload leaves behind that was
// cut by a crash is removed later (tidy.go).
//
// A store that cannot be written to, as on a full disk or with NATS away, refuses
// at once what writes, with an error to try again (outage.go); reading goes on as
// far as it can. The embedded engine never recovers by itself: when there is room
// again, parleyd starts engine and chat server anew and leaves the listener open.
// An acknowledged entry is with the operating system, so that a kill of the process
// loses nothing; EngineOptions.SyncAlways is for a loss of power.
//
// Times in logs and records are those of the server's wall clock. Order does not
// hang on them, but on positions. Timers that are armed count time that passes, so
// a clock that jumps ahead changes nothing for them until they go off or the server
// starts anew; one that is set back delays what is due, as whoever is woken looks
// at the clock and waits again.
//
// What the operations take and give is told at /v1/openapi.json (openapi.go, which
// says how to describe a new one).
package server
