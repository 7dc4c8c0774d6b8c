// Package metrics has the numbers of this process, as Prometheus reads them.
//
// Floor 1: it imports nothing of Parley. It alone knows Prometheus. The other rooms keep
// plain counters, or hand what they have measured to package server, which passes it on.
//
// The contract:
//
//   - A Metrics lives as long as the process. The servers of a process, of which there is
//     one after the other, give it what they are now by Show.
//   - Labels have few values, which nobody outside can add to: names of operations, of
//     limits and of reasons, codes. None names an app, a user, a chat or an address.
//   - All methods may be called by many goroutines, and on a nil *Metrics, on which they do
//     nothing.
package metrics
