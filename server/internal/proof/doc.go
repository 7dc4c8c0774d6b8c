// Package proof verifies what the own server of an app says of a known user: a token
// (JWT, RFC 7519) or a keyed hash of the user's id, both made with an identity key of
// the app.
//
// Floor 1: it imports core/wire alone.
//
// All of it is pure: the keys and the time are arguments. A refusal is a *wire.Error that
// says what is wrong, but nothing of the keys.
package proof
