// Package op says what an operation is: its row in the table, a call of it, the
// call's parameters, and its result. The operations themselves, and the decision
// who may call them, are in package server.
//
// Floor 4. It may import chatlog, chatstate, identity, survey and ids; gateway and
// rest, which make calls, and package server, which carries them out, import it.
//
// The contract:
//
//   - A Table does not change after NewTable and may be read by many goroutines.
//   - A Call, with its Params and its Upload, belongs to the one goroutine that
//     carries it out. gateway or rest fills in who asks and what for; authorize
//     fills in User, Key, State and Link before the operation runs.
//   - Params keeps the first error only. An operation may read all its parameters
//     and look at Err once; if it does not look, the caller of Do does.
//   - A Result says what its reply must follow: the entries of one chat up to a
//     position. The zero Result is the reply {"success":true}, which follows nothing.
//   - An error is a *wire.Error when the client may read it. Refusal makes one of
//     any other error, and logs what the client does not see.
package op
