// Package identity knows the apps, their visitors and agents, their sessions, and who
// makes a request.
//
// Floor 3: it imports ids, limit, passkey, password, proof, store and core/wire.
//
// All of it is stored in six buckets that every node shares; nothing is cached, so
// that a change holds on every node at once. All methods of Store may be called at the
// same time.
//
//   - Atomic: a change of one record. App ids, the user names of an app and its external
//     ids are unique: of two calls at the same time one gets a 409.
//   - Not atomic: making a user or an agent writes a record and then its index. A crash
//     between the two leaves a record that nothing refers to, never an id that is taken
//     for ever. A failed call is safe to repeat.
//   - Bounded: every field (checks.go), the passwords hashed at once and those that wait,
//     and the guesses at one user name (package password).
//   - Survives a restart: everything but the counts of failed log-ins.
//
// Secrets, keys and tokens are stored as digests, passwords as argon2id hashes: the
// server cannot show them again. The exception is the secrets of identity keys, which
// verify only as they are.
//
// An error is a *wire.Error if the caller did something wrong, with a message that
// names the field; any other error means that the engine failed.
package identity
