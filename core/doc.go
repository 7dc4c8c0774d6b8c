// Package core is the chat client as a pure state machine. It knows no browser,
// no socket, no clock: what happens comes in as an Input, what is to be done
// goes out as Effects, and the same inputs always give the same effects.
//
//	Step(State, Input) -> (State, []Effect)
//
// The path of one message, page to server and back:
//
//	SendMessage   input.go       the page's command
//	Step          step.go        routes it
//	message.go                   checks it, queues a request: Persist, Created, Send
//	Send          effect.go      carried out by jsbridge, or by core/client with core/wsconn
//	Frame         input.go       the server's reply, or a push
//	reply.go                     ends the request: Settle
//	push.go, order.go            applies it to the chat in its order: Said and Emit
//
// Who drives it: in the browser the exports of jsbridge, natively core/client.
// Both give each Input the time and a random number, and carry out the effects
// in their order.
//
// A connection has an epoch. Facts of an older epoch are dropped in Step, in one
// place. A request stays queued until it is answered, is sent again unchanged
// after each reconnect, and has its effect once, because its id is the
// idempotency key.
package core
