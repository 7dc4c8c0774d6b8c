// Package routing finds agents for chats, and does for a chat what is due: it
// invites agents, serves the queues, hands chats over, and expires and closes them.
//
// Floor 6. It may import gateway, index, presence, webhook, settings, identity,
// chatlog, chatstate, ids and store. Package server calls it from its operations.
//
// # Where to begin
//
// The Dispatcher is all there is. It is called from five sides:
//
//   - chatlog, by three hooks: BeforeAppend stores when the chat will need the
//     server, OnAppended brings the board up to date, OnEntryStored checks that it is;
//   - index.Timers, when a chat's time has come: RunDue (due.go);
//   - index.Board, when an open chat has changed: OnBoardChange (dispatcher.go);
//   - presence, when an agent or a visitor is gone: ReassignInvitations,
//     OnAbsent, OnVisitorBack;
//   - package server, from its operations.
//
// A search goes like this. A round of invitations (chatstate.Round) begins with an
// operation, or with DispatchQueue for a chat in a queue. NextInvitation takes the
// agents on duty, leaves those who may be asked (candidates.go) and understand the
// visitor (language.go), and picks one by the app's algorithm (algorithm.go), unless
// the app's webhook names another (advice.go). If that agent rejects, is gone, or
// does not answer in time, InviteNext invites the next one, until there is none: then
// the chat is left alone, or cools down in its queue (giveUp). A chat that is left alone
// is offered again by DispatchQueue to agents who come on duty or get room for it. An
// agent who is gone for good hands it back by HandBack, and a new search begins.
//
// # The contract
//
//   - Everything that is due is in the log or in index.Timers before it is done, so
//     it is done even if this node dies. Each step reads the log and appends at most
//     once for it; of nodes that do the same at the same time the log takes one.
//   - A time that is due may be early and is never late; RunDue looks what there is
//     to do. What fails is retried after a second until it is done.
//   - The queues and an agent's load are read from this node's copy of the board, which
//     may lag: an agent can get one chat more than the app allows when two nodes invite
//     them at the same time.
//   - Pushes (positions, changed lists, invitations) are best effort. A client that
//     connects gets the present state by SendPosition and SendInvitations.
//   - Bounded: one run of DispatchQueue at a time; the first 10 positions of a queue are
//     pushed at every change, those behind at intervals (positions.go); agents hear of a
//     changed list at most once a second.
//   - A Dispatcher works after Attach and Start, until its context ends; Wait returns
//     when it has stopped.
package routing
