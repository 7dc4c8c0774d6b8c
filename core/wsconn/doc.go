// Package wsconn is the Dialer of native clients, over nhooyr.io/websocket. In
// the browser the page's own WebSocket is used instead (jsbridge): the library's
// browser half loses the last frames before a close.
package wsconn
