// Package password hashes agents' passwords, refuses bad ones, and makes guessing at them
// slow.
//
// Floor 2: it imports ids, limit and core/wire.
//
// It stores nothing. How many passwords are hashed at once and wait for that is bounded
// (Gate), and so is what is counted of failures (Throttle), which each node does for itself
// and forgets when it ends. Everything may be called at the same time.
package password
