//go:build js && wasm

// Package jsbridge is the Go half of the bridge between a web page and the
// core; web/src/bridge.ts is the JS half. It has two doors.
//
// The door in is exports.go: functions that JS calls with bytes in linear
// memory. Each runs the core's Step and returns a batch of effects. An export
// never waits, sleeps or blocks, and recovers its own panics: a call that
// blocked would return garbage, and a panic would end the program silently.
//
// The door out is effects.go: what JS carries out in numbers (promises, events,
// mirrors, timers, the outbox) goes into the batch, one JSON array; what is rare
// Go does itself through safejs (socket.go, page.go, session.go).
//
// There is no js.Func here at all: a call by one costs about a thousand times
// what an export costs, and one forgotten is memory lost for ever. Where the
// page must call back, Go hands the object to the JS half, which listens and
// brings what happens back by the door.
//
// A batch, effect by effect:
//
//	["settle", call, value]                 ["reject", call, {code, message}]
//	["created", call, eventId, text, sender]
//	["session", {isInit?, logged?, user?, token?}]
//	["open", Chat]                          ["patch", chatId, {users, watchers, status, closed, room}]
//	["part", chatId, from, [Message]]
//	["said", chatId, [Message], eventId]    ["drop"]
//	["chat", chatId, event, data]           ["lobby", event, data]
//	["parley", event, data]                 ["event", wireName, data]
//	["arm", timer, ms]                      ["disarm", timer]
//	["transfer", call, {url, headers, form?, silence}]
//	["persist", key, record or null, call, write]
//	["fatal", message]
//	["at", chatId, seq]
package jsbridge
