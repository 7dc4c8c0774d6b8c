// Package settings knows what each app has set.
//
// Floor 2: it imports ids, store and core/wire.
//
// Only what an app has set is stored, as one record of at most 512 KiB for each app; the
// rest are defaults, so a default that changes later holds for the apps that did not set
// it. Each node has a copy in memory: Of costs no I/O, and sees a change made on this node
// at once, one made on another shortly after. A change is atomic: all of it or nothing.
//
// Names of assignment algorithms are checked here; package routing has the algorithms.
package settings
