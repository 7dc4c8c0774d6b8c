// Package client is the chat client for Go programs, such as bots, load generators
// and tests. It is a shell around the pure core: one goroutine takes commands and
// facts from a bounded mailbox, runs core.Step with the time and a random number,
// and carries out the effects.
//
//	Client.SendMessage   calls.go       puts a command into the mailbox, waits for its outcome
//	Client.run           client.go      mailbox -> core.Step -> effects
//	Client.apply         effects.go     timers, store, HTTP, outcomes
//	connection           connection.go  a socket, with one reader and one writer goroutine
//	Client.emit          events.go      events, in order, to the handlers' goroutine
//
// Any goroutine may call a Client, and so may handlers.
//
// A Client moves no files: upload with POST /media of the REST API, and download
// with GET /media/<id>, both with an HTTP client of your own.
package client
