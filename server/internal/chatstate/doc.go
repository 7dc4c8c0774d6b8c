// Package chatstate says what a chat is: it folds the entries of a chat's log
// into a state. It is pure: no I/O, no goroutines, no clock but in Round.Excludes.
//
// Floor 2. It may import ids, core/chat and core/wire. Every room above reads
// chats through it; chatlog alone writes to them.
//
// The contract:
//
//   - A Folded is one chat, folded entry by entry. Next computes what an entry
//     makes of it and changes nothing; Apply takes that in. Both have one caller at
//     a time: chatlog, which holds the chat's lock. Snapshot, WasMember,
//     HasRecordOf and DoneAs may be called at any time from any goroutine.
//   - A State is a snapshot at one position of the log. Its slices only grow or are
//     replaced, so that a copy of the struct stays as it is while the chat goes on.
//   - Folding depends on nothing but the entries, and for waiting times on when they
//     were stored. So every node, and every restart, comes to the same state.
//   - An entry that cannot be read keeps its place in the log and changes nothing
//     else: a log that was spoiled once can still be used.
//   - Each audience sees its own chain of entries: Record.VisibleTo says who sees an
//     entry, Record.Prev names the last one before it that they could see. A client
//     finds out by it that it has missed something, without learning of entries that
//     are withheld.
//   - The zero State, Round, QueueState and Lifecycle are those of a chat that is not
//     there yet.
package chatstate
