// Package httpconn is the core.Dialer of native clients where WebSockets are cut off: it
// carries the same frames by HTTP long polling. In the browser the page's HttpSocket
// (web/src/engine/http-socket.ts) does so.
//
// A connection is a row of POST requests to the address of the socket. One polls for
// frames, another brings them, each one at a time and numbered; package gateway of the
// server has the other end, and the form of the text. Whatever goes wrong ends the
// connection: the core resumes on another one.
package httpconn
