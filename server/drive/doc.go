// Package drive handles a server from outside, as its operators and apps do: a program in a
// process of its own, and its REST API. `parleyd bench` and the soak test are made of it, so
// that it needs nothing of the server's own packages.
package drive
