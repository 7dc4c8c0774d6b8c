// Package passkey makes and verifies passkeys (WebAuthn, https://www.w3.org/TR/webauthn-3/):
// keys that an authenticator keeps for a site, such as a phone or a security key, and uses
// only once its owner has shown who they are by a PIN, a finger or their face. So a
// passkey is two factors in one.
//
// Floor 1: it imports core/wire alone.
//
// All of it is pure, but for the random bytes of challenges: what is stored, and that a
// challenge counts once, is package identity's. A refusal is a *wire.Error, which does not
// say what is wrong: Detail does, for the log.
package passkey
