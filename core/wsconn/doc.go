// Package wsconn is the core.Dialer of native clients, using nhooyr.io/websocket. In
// the browser jsbridge uses the page's WebSocket, because the library's version for
// browsers loses the last frames before a close.
package wsconn
