package identity

import (
	"context"
	"slices"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// Federated is somebody whom a provider of OpenID Connect has let in.
type Federated struct {
	Issuer  string // the provider
	Subject string // its id of them, which never changes
	Email   string // "" unless the provider has verified it
}

// providerLink is which user of a provider the agent is. The zero link is of an agent who
// was unlinked: nobody is found to be them by the email.
type providerLink struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
}

// isLinked tells whether the account belongs to a user of the provider, whichever, or was
// unlinked.
func (a *account) isLinked(issuer string) bool {
	return a.Provider != nil && (a.Provider.Issuer == issuer || *a.Provider == providerLink{})
}

func (a *account) isOf(who Federated) bool {
	return a.Provider != nil && *a.Provider == providerLink{who.Issuer, who.Subject}
}

// email is the agent's: the account's, or else the user name if that is one.
func (a *account) email() string {
	if a.Email == "" && strings.Contains(a.Username, "@") {
		return a.Username
	}
	return a.Email
}

// LoginFederated begins a session of the agent who is the user of a provider. The first
// time that is who has the email, if byEmail allows it; from then on it is the link that
// counts, and the email may change. Who is no agent is a 403: no agent is ever made.
func (i *Store) LoginFederated(ctx context.Context, appID string, who Federated, byEmail bool, given LoginAttempt) (LoggedIn, error) {
	accounts, err := store.List[account](ctx, i.engine, i.agents, appID+".*")
	if err != nil {
		return LoggedIn{}, err
	}
	record, err := accountFor(accounts, who, byEmail)
	if err != nil {
		return LoggedIn{}, err
	}
	// As at a log-in by password, the user is read before what may end their sessions meanwhile.
	u, err := i.User(ctx, appID, record.User)
	switch {
	case ids.IsCode(err, wire.CodeNotFound): // is being removed
		return LoggedIn{}, errUnknownPerson
	case err != nil:
		return LoggedIn{}, err
	case u.Disabled:
		return LoggedIn{}, wire.Errorf(wire.AgentDisabled, "the agent is disabled")
	}
	fresh, err := i.link(ctx, appID, record.Username, who, byEmail)
	if err != nil {
		return LoggedIn{}, err
	}
	in, err := i.admit(ctx, appID, record, u, given, ByProvider)
	in.Linked = fresh
	return in, err
}

var errUnknownPerson = wire.Errorf(wire.UnknownPerson, "the provider has let you in, but you are no agent here; ask a supervisor")

// accountFor finds the account of a provider's user. One that several agents might be is
// none.
func accountFor(accounts []account, who Federated, byEmail bool) (account, error) {
	found := slices.DeleteFunc(slices.Clone(accounts), func(a account) bool { return !a.isOf(who) })
	if len(found) == 0 {
		found = slices.DeleteFunc(accounts, func(a account) bool { return !a.mayBecome(who, byEmail) })
	}
	if len(found) != 1 {
		return account{}, errUnknownPerson
	}
	return found[0], nil
}

// mayBecome tells whether the account may be linked to the provider's user: by the email,
// and not if it belongs to another user of the provider. They may have had the email before.
func (a *account) mayBecome(who Federated, byEmail bool) bool {
	return byEmail && who.Email != "" && sameEmail(a.email(), who.Email) && !a.isLinked(who.Issuer)
}

// link notes whose account it is; fresh tells that it was nobody's. It is decided again, as
// it may have changed meanwhile.
func (i *Store) link(ctx context.Context, appID, username string, who Federated, byEmail bool) (fresh bool, err error) {
	err = i.modifyAccount(ctx, accountKey(appID, username), func(a *account, found bool) error {
		switch {
		case found && a.isOf(who):
			fresh = false
			return store.ErrUnchanged
		case !found || !a.mayBecome(who, byEmail):
			return errUnknownPerson
		}
		a.Provider, fresh = &providerLink{who.Issuer, who.Subject}, true
		return nil
	})
	return fresh && err == nil, err
}

// sameEmail compares emails without regard to the case of ASCII letters. That of others is
// not the same everywhere, and signs that look like letters must not become them.
func sameEmail(one, other string) bool { return lowerASCII(one) == lowerASCII(other) }

func lowerASCII(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}, text)
}
