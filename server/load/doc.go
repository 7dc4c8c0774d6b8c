// Package load makes the load of `parleyd bench`, and measures how a server bears it. Each of
// Parley's visitors and agents is a client of package core/client on a connection of its own,
// so that the server gets what pages send it.
//
//	Run          load.go        the phases (phases.go), one after the other
//	System       system.go      a server and how people use it, of whatever kind
//	Parley       parley.go      a Parley server: one that is given, or one of its own (own.go)
//	person       person.go      a client of Parley, and what it hears
//	talk         talk.go        visitors speak, at a rate or as fast as replies come
//	hearing      hearing.go     what of it came, once, twice or never
//	Figures      figures.go     what was measured; print.go for people
//
// All that grows with a run has a bound: latencies are counted in classes (histogram.go), and
// what was heard is a window for each listener.
package load
