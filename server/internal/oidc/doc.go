// Package oidc lets agents log in by a provider of OpenID Connect (OpenID Connect Core
// 1.0), by the authorization code flow with PKCE (RFC 7636), a state and a nonce.
//
// Floor 4: it imports ids, identity, settings, store, outbound and core/wire.
//
// Begin gives the address at the provider, and a key that only the browser that asked may
// have. The provider sends the browser back to the console with a code. The console hands
// it, with the key, to Finish, which any node may do: what Begin has made is stored until
// then, for some minutes, and is taken once. So nobody can finish a log-in that another
// browser has begun, nor have somebody else finish theirs.
//
// The provider is asked as outbound asks: at public addresses only, without redirects. What
// it answers is bounded in size and time. What it has said about itself, and its keys, are
// kept in memory.
//
// An error is or wraps a *wire.Error; what the provider has done wrong is a *Failure. Any
// other error means that the engine failed.
package oidc
