// Package client is the chat client for Go programs: bots, load generators,
// tests. It is the shell around the pure core: one goroutine takes commands and
// facts from a bounded mailbox, runs core.Step with the clock and a random
// number, and carries out the effects.
//
//	Client.SendMessage   calls.go    command into the mailbox, waits for its outcome
//	Client.run           client.go   mailbox -> core.Step -> effects
//	Client.carryOut      effects.go  timers, store, HTTP, outcomes
//	link                 link.go     dial, one reader and one writer goroutine a socket
//	Client.emit          events.go   events, in order, to the handlers' own goroutine
//
// Any goroutine may call a Client, handlers included.
package client
