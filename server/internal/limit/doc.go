// Package limit counts what callers take: token buckets and counters by key, in bounded
// memory, and the connections of a listener.
//
// Floor 1: it imports nothing of Parley.
//
//   - Buckets bound a rate, by key.
//   - Table has the rates of the server: what is counted (Kind), and for whom (Scope).
//   - Meter takes from the buckets of a Table for a Caller.
//   - SharesOf decides what counts as one caller by address.
//   - Held bounds what a caller has at a time, such as connections.
//   - Turns lets few work at a time, and callers in turn.
//   - Room bounds the memory of what clients send, until it is decided.
//   - Readings bounds the memory of what clients read at their pace.
//
// Each node counts for itself: a caller who spreads over several nodes gets as many
// times the rate, which is still bounded.
package limit
