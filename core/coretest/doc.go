// Package coretest has what tests of the core and of its shells need: a server
// that speaks the protocol in memory, connections without a network, and the
// suite that every Dialer must pass.
//
// How to make the Server do what a test needs, most common first:
//
//   - a user who can log in: Server.AddUser(token, id, providerId)
//   - a connection that breaks: Server.Cut()
//   - a server that cannot be reached: Server.Refuse(err), and nil to heal it
//   - a request that is answered otherwise, late or never: Server.Intercept; the
//     hook answers with Session.Reply or Session.Refuse, or not at all
//   - something told to a user: Server.Push
//   - another REST answer: Server.Answer
//   - a new request of the protocol: a case in Session.handle, in requests.go
//   - another order of events, without goroutines: the Model itself, whose Sessions
//     collect frames until the test takes them (Session.Out)
package coretest
