package identity

import (
	"context"
	"slices"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

const (
	maxEmail   = 254 // characters, RFC 5321
	maxSubject = 255 // characters, OpenID Connect Core 1.0, section 2
)

// checkEmail refuses what is not an email address, and one that another agent has. It is to
// be that of the agent with this user name, which is their email if they have no other.
func (i *Store) checkEmail(ctx context.Context, appID, username, email string) error {
	if email == "" {
		byName := account{Username: username}
		if email = byName.email(); email == "" {
			return nil
		}
		return i.checkOnly(ctx, appID, username, "username", func(a account) bool { return sameEmail(a.email(), email) })
	}
	if name, host, found := strings.Cut(email, "@"); !found || name == "" || host == "" || strings.ContainsAny(email, " \t\r\n") {
		return wire.Errorf(wire.BadArgument, "email: %q is not an email address; write it like anna@example.com", email)
	}
	if err := ids.CheckText("email", email, maxEmail); err != nil {
		return err
	}
	return i.checkOnly(ctx, appID, username, "email", func(a account) bool { return sameEmail(a.email(), email) })
}

// checkOnly refuses what another agent's account has already.
func (i *Store) checkOnly(ctx context.Context, appID, username, field string, has func(account) bool) error {
	accounts, err := store.List[account](ctx, i.engine, i.agents, appID+".*")
	if err == nil && slices.ContainsFunc(accounts, func(a account) bool { return a.Username != username && has(a) }) {
		err = wire.Errorf(wire.NameTaken, "%s: another agent has it", field)
	}
	return err
}

// checkProvider refuses an email or a user of a provider that does not fit.
func (i *Store) checkProvider(ctx context.Context, appID, username string, patch AgentPatch) error {
	if patch.Email != nil {
		if err := i.checkEmail(ctx, appID, username, *patch.Email); err != nil {
			return err
		}
	}
	if patch.Provider == nil || patch.Provider.Subject == "" {
		return nil
	}
	if err := ids.CheckText("oidcSubject", patch.Provider.Subject, maxSubject); err != nil {
		return err
	}
	return i.checkOnly(ctx, appID, username, "oidcSubject", func(a account) bool { return a.isOf(*patch.Provider) })
}

// setProvider sets what the patch says of the provider. Who was unlinked may be found by
// an email again that is set later.
func (i *Store) setProvider(ctx context.Context, appID, username string, patch AgentPatch) error {
	return i.changeAccount(ctx, appID, username, func(a *account) error {
		setIf(&a.Email, patch.Email)
		if patch.Email != nil && a.Provider != nil && *a.Provider == (providerLink{}) {
			a.Provider = nil
		}
		switch who := patch.Provider; {
		case who == nil:
		case who.Subject == "":
			a.Provider = &providerLink{}
		default:
			a.Provider = &providerLink{who.Issuer, who.Subject}
		}
		return nil
	})
}

// ofProvider tells whether the patch changes how the agent logs in by a provider.
func (p AgentPatch) ofProvider() bool { return p.Email != nil || p.Provider != nil }
