// Package rest serves the operations over HTTP, uploads and downloads among them, and
// describes them in an OpenAPI document. It also lets WebSocket requests in and answers
// /healthz.
//
// Floor 6. It may import op, media, chatstate, identity, address and ids. What it needs of the
// server behind it comes through Options.
//
// The contract:
//
//   - A request is authenticated here, by its headers; whether it may call the operation
//     is decided by Options.Do, and before a body is read by Options.Begin, as far as
//     headers and URL tell.
//   - An operation that has begun ends, even if the client is gone: its time is bounded
//     by the server, OperationWithin, or media.Within for a form. A download takes as
//     long as the client goes on reading.
//   - A body is bounded by FrameBytes. A form, which only an upload may be, is bounded in
//     the number and the length of its fields; its file is streamed. Every body is bounded
//     in time, and ends when it comes too slowly; after a refusal little is read of it.
//     A request of a connection by HTTP is as long as its first line allows.
//   - Every error is JSON, {"error":{...}}, with its code as the status. A panic is a 500
//     and goes to the log.
//   - The document at /v1/openapi.json is complete: New fails if an operation of the
//     table is not described, or if a description has no operation.
package rest
