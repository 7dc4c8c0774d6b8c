// Package chatlog is the append-only log of each chat: it appends entries, folds
// them, caches the folded chats, and follows what other nodes append.
//
// Floor 3. It may import chatstate, ids, limit and store. Every room that changes a chat
// does so by Log.Append or Log.AppendMessages; gateway reads the log as the queue of
// its connections.
//
// The contract:
//
//   - One order. A chat is one subject of one JetStream stream. An append names the
//     position of the last entry that it was made from; if another node was first,
//     nothing is stored and the entry is made again from the newer chat. So what
//     Append stores was true of the chat at that position.
//   - Spread. A chat's key says for good which of the store's streams has it, and positions
//     are those of that stream: they order the entries of one chat. What orders entries of
//     different chats is chat.Entry.Order.
//   - At most once. An entry carries who asked and the id of the request. A request
//     whose entry is in the log gets that entry again and appends nothing.
//   - Durable. When Append returns an entry, the stream has stored it, on as many
//     servers as the stream has replicas, and it survives a restart. With 504
//     (wire.CodeUnsure) the entry may be stored or not; the same request again finds
//     out. With any other error nothing was stored.
//   - Folded once. What an entry makes of a chat is computed once for each append,
//     before it (chatstate.Next), and taken in when the entry is stored.
//   - Messages together. In the embedded engine AppendMessages does not wait for one
//     message before it publishes the next. Each names the one before it, and is refused
//     unless that one is the last of the stream; so those that are stored are the first
//     ones, in order.
//   - One writer. On a node a chat has one writer at a time; others wait for it until
//     their context ends (503). Readers do not wait, unless the chat is behind the log.
//   - Bounded. The cache holds a number of chats and of bytes, and forgets those
//     unused for the longest time. It is never the truth: a chat that was forgotten
//     is read from the stream again.
//   - Hooks: for which entries and how often each is called stands with it.
package chatlog
