// Package block knows which visitors and addresses may not reach agents for a time.
//
// Floor 2: it imports ids, limit and store. All nodes share the blocks, and each has a copy
// in memory, as every message asks it. A block counts until its time is over; its record
// is removed when the app gets another one, or the server tidies up.
package block
