// Package survey makes the links by which visitors reach surveys, and stores their answers.
//
// Floor 2: it imports ids, store and core/wire. It does not know what a survey asks: that
// is in the app's settings.
//
// A link is a token that is encrypted with a key that all nodes share. It holds all that
// there is to know about it: nothing is stored for visitors who never answer, and a link
// survives a restart. Nobody can change or forge one.
//
// Answers are stored at most once for each survey and ticket: of two calls at the same
// time one gets a 409. They are never removed.
package survey
