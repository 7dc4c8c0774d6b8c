// Soak holds a real server to the promise that nothing sent is ever lost, doubled
// or out of order. Native clients, and pages in Chromium, talk through a proxy that
// breaks the network in every way it knows (proxy.go, frames.go), to a server that
// is killed and started again (daemon.go). What a client had stored to be sent is
// what it must find in the chat's log at the end: once, and in the order of sending
// (judge.go). One more visitor sends files (files.go), and a webhook must be told of
// all messages, each under one id (hook.go). After the storm some outages of a
// network that is well otherwise measure how long people take to catch up.
//
//	go run ./server/soak -for 10m -clients 20 -pages 3
//
// `make soak` runs it, and its short form is a test of this package. The exit code
// is 1 when anything was lost, doubled or reordered. A run's faults follow from its
// seed, which it prints; when they meet the traffic does not.
package main
