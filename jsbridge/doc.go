//go:build js && wasm

// Package jsbridge connects the core to a web page; its other half is
// web/src/engine/runner.ts, which calls it, and bridge.ts, which gets the effects. Package abi has the table of all that crosses between the two.
//
// In: exports.go has the functions that JavaScript calls, with bytes in linear
// memory. Each runs the core's Step and returns a batch of effects. An export
// must not wait, sleep or block: a call that blocked would return garbage. It
// recovers its own panics, because a panic would end the program silently.
//
// Out: codec.Batch takes what JavaScript can do for us in numbers (promises,
// events, mirrors, timers, the outbox) into the batch, a JSON array. Rare
// effects are done at once by Go, through safejs (the sockets, page.go).
//
// There is no js.Func here: a call through one costs about a thousand times an
// export, and one that is not released leaks. Where the page must call back, Go
// hands the object (a socket, a promise) to the other half, which listens and
// calls an export.
//
// A batch, effect by effect:
//
//	["settle", call, value]                        ends a call with a value
//	["reject", call, error]                        ends a call with an error
//	["created", call, eventId, text, sender]       the message of a call exists; for an import, text and sender are empty
//	["transfer", call, order]                      moves the file of a call: up behind the fields of form, or down if form is null; fails after silence ms without a byte
//	["session", mirror]                            what pages read of the session without waiting; absent members stay as they are; now is the server's time
//	["part", chatId, from, messages]               earlier messages of a chat that open is about to give, from this index of its history on; with 0 the history begins again
//	["open", chat]                                 a chat with all its properties; its history follows the parts
//	["patch", chatId, members]                     sets some properties of a chat
//	["append", chatId, messages, eventId]          adds messages to a chat's history; eventId is of this page's import, or empty
//	["at", chatId, seq]                            a chat's position in its log
//	["drop"]                                       forgets all chats
//	["chat", chatId, event, data]                  emits to a chat's listeners
//	["lobby", event, data]                         emits to ICF.Lobby's listeners
//	["parley", event, data]                        emits to ICF.Parley's listeners
//	["event", event, data]                         emits to ICF.Events's listeners, by the wire name
//	["arm", timer, ms]                             starts a timer, or restarts it
//	["disarm", timer]                              stops a timer
//	["persist", key, record, call, late]           stores a record for a call (0 for none), or deletes it if it is null; if it is late, that can wait
//	["save", session]                              stores the session for the next page
//	["clear", session]                             deletes the stored session, unless another page has stored another one
//	["renew"]                                      asks for another session of the user; may come again before it is answered
//	["more"]                                       asks for the next outbox records of ended pages; adopt answers it
//	["fatal", message]                             the core has a defect and must not be called again
package jsbridge
