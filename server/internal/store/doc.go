// Package store is NATS JetStream, embedded in the process or reached by URL: streams,
// buckets of JSON records, and Mirror, a bucket copied into memory.
//
// Floor 1: it imports core/wire and nothing else of Parley, and it is the only room
// that runs a NATS server.
//
// # What a bucket keeps
//
// A bucket holds one JSON record for each key. Create and Replace are atomic: of two
// writers at the same time one wins, the other learns that it did not. Put overwrites.
// Modify repeats read, change and Replace until its change is made to the newest record.
//
// A write is acknowledged when the embedded engine has handed it to the operating
// system, or a majority of a NATS cluster has it: it survives a restart and a kill of
// the process. It survives a loss of power only with Options.SyncAlways. A write whose
// acknowledgement is lost may or may not have been made; callers make it again.
//
// # Mirrors
//
// Each node holds its own copy. Its own writes are in it when the call returns, those
// of other nodes shortly after; a record never goes back to an older revision. A
// removal is remembered for MarkerLife, so a node that was cut off for less misses
// nothing. The copy has no bound: buckets that are mirrored must be small enough for
// memory.
//
// # When writing fails
//
// Engine.Failing says that nothing can be written now, Engine.Writing ends a context
// when that happens, and Engine.Healed says that the embedded engine can be started anew.
package store
