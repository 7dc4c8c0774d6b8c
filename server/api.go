package server

import (
	"context"
	"net/http"
	"time"

	"parley/server/internal/identity"
	"parley/server/internal/presence"
	"parley/server/internal/rest"
	"parley/server/internal/store"
	"parley/server/internal/webhook"
)

// What a program needs to run a Server, from the rooms that it stands in.
type (
	// Engine is the store and the fan-out that everything stands on.
	Engine = store.Engine
	// EngineOptions says where the data is.
	EngineOptions = store.Options
	// Identity knows the apps, their users and agents, and who is logged in.
	Identity = identity.Store
	// IdentityOption changes a default of NewIdentity.
	IdentityOption = identity.Option
	// WebhookOptions says how webhooks are posted to.
	WebhookOptions = webhook.Options
	// PresenceOptions says how fast nodes notice who is connected.
	PresenceOptions = presence.Options
)

// StartEngine starts the embedded engine with its data under Dir, or connects to
// URL when one is given. The error names the folder or the address, and says what
// to do.
func StartEngine(ctx context.Context, o EngineOptions) (*Engine, error) { return store.Start(ctx, o) }

// NewIdentity opens the buckets that Identity keeps its records in, and makes
// those that are missing.
func NewIdentity(ctx context.Context, e *Engine, options ...IdentityOption) (*Identity, error) {
	return identity.Open(ctx, e, options...)
}

// SessionLife is how long a session lives after its last use. Defaults to 30
// days; at least a minute.
func SessionLife(life time.Duration) IdentityOption { return identity.SessionLife(life) }

// AfterLogout is how long a visitor who has logged out can still read their own
// conversations, and answer a survey. Defaults to an hour; 0 is not at all.
func AfterLogout(life time.Duration) IdentityOption { return identity.AfterLogout(life) }

// AllowOrigins lists origins that every app accepts beside its own. Defaults to none.
func AllowOrigins(origins ...string) IdentityOption { return identity.AllowOrigins(origins...) }

// PublicBase is the server's address as a client has it, such as
// https://chat.example.com.
func PublicBase(r *http.Request) string { return rest.PublicBase(r) }
