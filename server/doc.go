// Package server is Parley's chat server: REST and WebSockets over one table of
// operations, with NATS JetStream as the only store.
//
// Floor 7, the top: it may import every room below server/internal. It has the
// operations (ops*.go), the decision who may carry them out (authorize.go), what a
// connection begins with (session_open.go) and the wiring (server.go). A program needs
// what api.go and options.go have; parleyd is one.
//
//	e, err := server.StartEngine(ctx, server.EngineOptions{Dir: "data"})
//	i, err := server.NewIdentity(ctx, e)
//	s, err := server.New(ctx, e, i, server.Options{})
//	err = http.ListenAndServe(addr, s.Handler())
//
// # The rooms
//
// A room imports only from lower floors (server/internal/layers_test.go). The package
// comment of each is its contract.
//
//	1  ids         names, secrets and bounds of what comes from outside
//	   store       NATS JetStream: streams, buckets, and buckets mirrored in memory
//	   address     where clients find the server: host and path, behind proxies
//	   limit       counts what callers take
//	   proof       what an app's own server says of a known user
//	   outbound    HTTP clients for addresses that apps name
//	   passkey     makes and verifies passkeys
//	   metrics     the numbers of the process, for Prometheus
//	   tracing     traces of requests, for OpenTelemetry
//	2  password    hashes passwords, and makes guessing slow
//	   settings    what each app has set
//	   chatstate   what a chat is, folded from its log; pure
//	   presence    which agents and visitors are connected
//	   privacy     what is to be erased, what is on hold, and for how long things are kept
//	   block       who may not reach agents for a time
//	   note        notes of agents about chats, and tags of chats
//	   audit       who did what to an app
//	   backup      all that a store has, in one file
//	   certificate certificates of the TLS of the server itself
//	   survey      links to surveys, and answers
//	   builds      files for pages of the last builds
//	3  identity    apps, users, agents, sessions, and who is asking
//	   chatlog     the append-only log of each chat
//	   index       where chats are found: by user, queue, status and deadline
//	   media       files of chats
//	4  webhook     events for apps' own servers, and their advice
//	   op          what an operation is
//	   oidc        agents who log in by a provider
//	5  gateway     WebSockets, and what each of them is sent
//	6  routing     finding an agent: invitations, queue, transfer, deadlines
//	   rest        REST, uploads and the OpenAPI document
//	7  server      the operations, who may carry them out, and the wiring
//
// # The way of a message
//
//	gateway/conn.go         a frame comes in; requests of a connection run one by one
//	server/authorize.go     Do decides that the caller may do it and that it is its turn
//	                        among the requests to this chat, and carries it out
//	server/ops_messages.go  newMessage makes the entry
//	routing/due.go          an earlier deadline is stored before the entry, where there can be one
//	chatlog/log.go          Append adds the entry, or finds it in the log already
//	chatstate/fold.go       the chat as it is after the entry
//	routing/board.go        for joins, leaves and the like, the record for lists and queues follows
//	gateway/hub.go          the connections on which the chat is live learn of the entry
//	gateway/pump.go         each fetches what is new, leaves out what its user may not
//	                        see, and writes it at the client's pace
//
// Nodes that did not make the entry get it from the stream (chatlog/read.go), and go on
// at the hub. REST differs in its first two steps: rest/handler.go and rest/request.go.
//
// # What holds
//
//   - A chat is its log: one subject of one of the streams PARLEY_CHATS, PARLEY_CHATS_1 ...,
//     appended with the expected sequence, so that everybody sees one order. What a chat is follows from
//     its log alone. Caches can be dropped at any time, and records in buckets only
//     help to find chats; where they and the log differ, the log counts, and the
//     records are repaired from it.
//   - A request with an id takes effect at most once: repeated, it gets the reply of
//     the first time. Acknowledged entries survive a restart and a kill of the process;
//     a loss of power too with EngineOptions.SyncAlways.
//   - The log is the queue of every connection. A slow reader lags behind in it at no
//     cost, and a client resumes by naming the position that it has seen last.
//   - What is in no log (typing, invitations, queue positions) is pushed at most once.
//     After a reconnect the client gets the invitations and positions of that moment.
//   - What has to happen at a time (the next invitation, a close) follows from the log.
//     The deadline is stored before the entry that makes it earlier, and the handler
//     checks it again, so that after a restart everything due still happens.
//   - While the store cannot be written to (a full disk, NATS is away), operations that
//     write are refused at once with an error that says to try again; those that read
//     go on as far as they can. The embedded engine does not recover by itself: when
//     there is room again, parleyd restarts it and the Server, and keeps the listener.
//   - Times are of the server's wall clock, in unix seconds. Order in a chat never depends on
//     them; in a queue of chats it does where two nodes do not know of each other's yet.
//     A clock that jumps ahead changes nothing for a timer that is running; one that is
//     set back delays what is due, since handlers look at the clock again.
//
// /v1/openapi.json describes all operations; rest/openapi.go says how to describe a new
// one.
package server
