// Package limit counts what callers take: token buckets by key, in bounded memory, and the
// connections of a listener.
//
// Floor 1: it imports nothing of Parley.
//
// Each node counts for itself: a caller who spreads over several nodes gets as many
// times the rate, which is still bounded.
package limit
