// Package ids makes and checks the names of things, and holds the few bounds, errors
// and conversions that every room of the server shares.
//
// Floor 1: it imports core/wire and nothing else of Parley. All of it is pure, but for
// New and NewSecret, which read the system's random numbers; everything may be called
// at the same time.
//
// What comes from outside passes Check, CheckText or CheckNames before it is stored or
// becomes part of a subject or a key. Their errors are a 400 that begins with the
// name of the field.
package ids
