// Package coretest has what tests of the core and of its shells need: a server in
// memory that speaks the protocol, connections without a network, and the suite of
// tests that every Dialer must pass.
//
// How to make the Server do what a test needs, most common first:
//
//   - a user who can log in: Server.AddUser(token, id, providerId)
//   - a connection that breaks: Server.Cut()
//   - a server that cannot be reached: Server.Refuse(err), until Server.Refuse(nil)
//   - a request that is answered differently, late or never: Server.Intercept, whose
//     hook calls Session.Reply or Session.Refuse, or neither
//   - a push to a user: Server.Push
//   - another response to REST calls: Server.Answer
//   - a new request of the protocol: a case in Session.handle, in requests.go
//   - another order of events, without goroutines: the Model itself, whose Sessions
//     collect frames until the test takes them from Session.Out
package coretest
