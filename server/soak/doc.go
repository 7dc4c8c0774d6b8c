// Soak tests the promise that nothing sent is lost, doubled or reordered, with a real
// server.
//
//	go run ./server/soak -for 10m -clients 20 -pages 3
//
// Native clients (person.go) and pages in Chromium (pages.go) talk through a proxy that
// breaks connections in seven ways (proxy.go, route.go), to a server that is killed and
// started again (daemon.go); with -nodes 3 to three, which share a cluster of three NATS
// servers, and any of the six is killed, stopped or paused (servers.go). At the end everything that a client had stored to be sent
// must be in the chat's log once, in the order of sending (judge.go). One more visitor
// sends files (uploads.go), and a webhook must get all messages, each under one id
// (webhook.go). After the faults, some outages measure how long people take to catch up;
// with -tolls, what upgrades and deaths of several servers cost those who go on (tolls.go),
// while the history of each chat must be one of a register of a list (history.go).
//
// `make soak` and `make cluster` run it; short runs are tests of this package. The exit code is 1 if
// anything was lost, doubled or reordered. The faults follow from the seed, which is
// printed; the moments at which they meet the traffic do not.
package main
