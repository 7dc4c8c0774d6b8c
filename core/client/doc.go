// Package client is the chat client for Go programs: bots, load generators,
// tests. It is the shell around the pure core: one goroutine takes commands and
// facts from a bounded mailbox, runs core.Step with the clock and a random
// number, and carries out the effects.
//
//	Client.SendMessage   calls.go    command into the mailbox, waits for its outcome
//	Client.run           client.go   mailbox -> core.Step -> effects
//	Client.carryOut      effects.go  timers, store, HTTP, outcomes
//	link                 link.go     a socket, with one reader and one writer goroutine
//	Client.emit          events.go   events, in order, to the handlers' own goroutine
//
// Any goroutine may call a Client, handlers included.
//
// A Client moves no files: upload with POST /media of the REST API, and download
// with GET /media/<id>, both with an HTTP client of your own.
package client
