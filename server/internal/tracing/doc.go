// Package tracing makes the traces of this process, and brings them to a collector by
// OpenTelemetry's protocol (OTLP over HTTP).
//
// Floor 1: it imports nothing of Parley. It alone knows OpenTelemetry.
//
// The contract:
//
//   - A Tracer lives as long as the process. On a nil *Tracer, and on a nil *Span, all methods
//     may be called, and do nothing. A span that is not sampled is nil.
//   - Spans say what was done, in which app, under which request id, with which code and how
//     long it took. They have no text of a message, no name, no token, no address and no text
//     of an error, which may quote any of these.
//   - Who may begin a trace is decided by who calls From: whoever can write a traceparent
//     decides what is sampled, and so must be trusted.
//   - Nothing waits for the collector. What it does not take in time is lost, counted, and
//     said in the log once a minute.
package tracing
