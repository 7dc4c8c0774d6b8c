// Package core is the chat client as a pure state machine. It knows no browser,
// no socket and no clock: what happens comes in as an Input, what is to be done
// goes out as Effects, and the same inputs always give the same effects.
//
//	machine.Step(Moment, Input) -> []Effect
//
// The path of a message, from the page to the server and back:
//
//	SendMessage   input.go     the page's command
//	Step          step.go      routes it
//	              message.go   checks the text
//	              request.go   queues the request, with a record of it: Persist, Send, Created
//	Send          effect.go    while it is being stored; carried out by jsbridge, or by core/client
//	Frame         input.go     the server's reply, or a push
//	              push.go      reads it; applies it to the chat in the log's order: Said, Emit
//	              request.go   the reply ends the request: Settle
//
// Two shells drive it: jsbridge in the browser, core/client natively. Each gives
// every Input its Moment, and carries out the effects in their order.
//
// A connection has an epoch. Step drops facts of an older epoch, in one place. A
// request stays queued until it is answered. It is sent again unchanged after
// each reconnect, and has its effect once, because its id is the idempotency key.
package core
