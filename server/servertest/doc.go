// Package servertest runs servers for tests and reaches them as clients do.
//
// A World is a server with the demo data behind HTTP; several may share an engine,
// as the nodes of a cluster do. A Peer is a client on a raw WebSocket that holds
// each test to the contract: the seq and prev of each chat make one chain, and no
// act comes back to the connection that made it. A Target is an app's own server,
// which webhooks post to. Every answer by REST is held against the OpenAPI document.
//
// The package stands on public API; what looks into a server is in the tests of
// package server (export_test.go).
package servertest
