package identity

import "slices"

// Scope is a part of what an app's secret may do.
type Scope string

// The scopes of access keys. What each operation needs is in the table of the server.
const (
	ScopeFull     Scope = "full"     // all, also keys and secrets
	ScopeRead     Scope = "read"     // what changes nothing, but for exports
	ScopeMessages Scope = "messages" // chats and all in them
	ScopeUsers    Scope = "users"    // visitors, their sessions, their erasure
	ScopeExport   Scope = "export"   // all that the server has of a user
	ScopeAgents   Scope = "agents"   // agents and their accounts
	ScopeSettings Scope = "settings" // settings, webhooks, origins, rooms
)

// Scopes are all of them.
var Scopes = []Scope{ScopeFull, ScopeRead, ScopeMessages, ScopeUsers, ScopeExport, ScopeAgents, ScopeSettings}

// mostScopes are those of a former secret: it makes no keys and no secrets any more.
var mostScopes = slices.DeleteFunc(slices.Clone(Scopes), func(s Scope) bool { return s == ScopeFull })
