// Package index finds chats again without reading their logs: by user (Members), by
// room, queue and agent (Board), by the time at which they need the server (Timers),
// and when they are closed (Archive). Answers counts those that were answered in a day.
// AgentActivity remembers what the assignment algorithms need of each agent.
//
// Floor 3. It may import chatstate, ids and store. Routing keeps the indexes up to
// date; package server reads them.
//
// The contract:
//
//   - The log decides. An index follows from the logs and may lag behind them or have
//     a record left over from a crash; who finds a chat in it looks at the chat. It never
//     lacks a chat that is in the log: Members.Add, Members.Claim, Board.Announce and
//     Timers.Put come before the append.
//   - All is stored in buckets or a stream, shared by all nodes, and survives a restart.
//     Board, Timers and AgentActivity are read from a copy in memory; Members and
//     Archive ask the store.
//   - Writing the same again changes nothing. Of two nodes that claim or replace at the
//     same time one wins; the other one's call does nothing or reports a conflict.
//   - A timer may fire early and on several nodes, and never late: who is woken checks
//     what is due.
//   - Bounded: 32 chats are woken at a time, 20 waits are kept for each room, and
//     a page of the archive, and a call of Answers, reads at most 1,000 records.
package index
