// Package gateway holds the connections of this node, by WebSocket or HTTP: it reads requests, hands them
// to the server behind it, and writes replies, entries of chats and ephemeral pushes,
// in order and at the pace of each client.
//
// Floor 5. It may import op, chatlog, chatstate, identity, ids and store. What it
// needs of the floors above comes through Service, which package server implements.
//
// The path of a frame: socket.go takes it, conn.go has it carried out, group.go with
// others if they have come together, outgoing.go keeps what is to be written, pump.go
// writes it. hub.go knows which connections a
// chat or a user has here, push.go carries pushes between nodes. polling.go stands in
// the place of a WebSocket where HTTP carries the frames; exchange.go has its requests.
// channels.go takes the frames of the connections that a socket carries besides its
// first; channel.go stands in the place of a socket for each of them.
//
// The contract, for one connection:
//
//   - Requests take effect one after the other, in the order of arrival. Replies are
//     written in the same order. Messages to one chat that have arrived together are
//     stored together, which nobody can tell from the replies.
//   - A chat becomes live on the connection when its user enters it or when the
//     session opens. From then on its entries are written in the order of the log,
//     without a gap, each once: the pump fetches them from the log behind the
//     subscription's cursor. A new connection goes on where the client says.
//   - The reply to a request that appended an entry is written in the entry's place,
//     after all entries before it; the connection does not get that entry as a push.
//   - An ephemeral push (typing, invitations, queue positions) is in no log. It is
//     delivered once or not at all, and never before the entries that its sender had
//     seen.
//   - Nothing in Hub waits for a client. A client that does not read lags behind in
//     the log. Bounded are the replies not written yet (then reading stops) and the
//     ephemeral pushes not written yet (then the connection ends).
//   - Connections that share a socket share its rate of requests, and wait for each
//     other only where one is asked more than it carries out: then the socket is not
//     read. A client that does not read loses all of them.
//   - The server never closes first: browsers report that as code 1006. It writes
//     bye, which says why and when to come back, and waits for the client to close.
//   - Nothing here survives a restart. Clients reconnect and resume from the log.
//
// Locks: those of Hub are taken before Conn.mu, never the other way round.
package gateway
