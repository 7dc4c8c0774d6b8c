package settings

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/outbound"
)

// LoginSettings is how agents log in.
type LoginSettings struct {
	Password     bool   `json:"password"`     // by a password. Defaults to true
	Passkeys     bool   `json:"passkeys"`     // by a passkey that they have added to their account. Defaults to true
	SecondFactor string `json:"secondFactor"` // off, optional or required beside the password. Defaults to optional
	OIDC         *OIDC  `json:"oidc"`         // by a provider of OpenID Connect. Defaults to none
}

// OIDC is the provider by which the app's agents log in.
type OIDC struct {
	Name         string `json:"name"`                   // what agents read on the button. Defaults to the issuer's host
	Issuer       string `json:"issuer"`                 // its URL, below which it says what it has (OpenID Connect Discovery)
	ClientID     string `json:"clientId"`               // of Parley at the provider
	ClientSecret string `json:"clientSecret,omitempty"` // the same; "" for a public client
	// FirstLogin is how agents are found who were never linked to the provider's user: by
	// LinkByEmail, the default, or LinkByNothing.
	FirstLogin string `json:"firstLogin"`
}

// How an agent and the user of a provider become linked.
const (
	LinkByEmail   = "email" // the provider says that the email is the agent's, and has verified it
	LinkByNothing = "none"  // only with the app's secret
)

// Label is what agents know the provider by.
func (o OIDC) Label() string {
	if o.Name != "" {
		return o.Name
	}
	issuer, _ := url.Parse(o.Issuer) // was checked before it was stored
	return issuer.Host
}

// MarshalJSON tells everything but the secret, of which only that there is one.
func (o OIDC) MarshalJSON() ([]byte, error) {
	type told OIDC
	all := struct {
		told
		HasSecret bool `json:"hasClientSecret"`
	}{told(o), o.ClientSecret != ""}
	all.ClientSecret, all.Name = "", o.Label()
	return json.Marshal(all)
}

// LoginWays is what everybody may know before a log-in.
type LoginWays struct {
	Password     bool          `json:"password"`
	Passkeys     bool          `json:"passkeys"`
	SecondFactor string        `json:"secondFactor"`
	OIDC         *ProviderName `json:"oidc"` // nil if there is none
}

// ProviderName is what the console shows of a provider.
type ProviderName struct {
	Name string `json:"name"`
}

// Ways gives what everybody may know.
func (l LoginSettings) Ways() LoginWays {
	ways := LoginWays{Password: l.Password, Passkeys: l.Passkeys, SecondFactor: l.SecondFactor}
	if l.OIDC != nil {
		ways.OIDC = &ProviderName{l.OIDC.Label()}
	}
	return ways
}

// withDefaults sets what a provider that is given leaves out.
func (l *LoginSettings) withDefaults() {
	if l.OIDC != nil && l.OIDC.FirstLogin == "" {
		l.OIDC.FirstLogin = LinkByEmail
	}
}

// check refuses settings by which nobody could log in, and providers that are none.
// plain allows those that are reached by http, and at private addresses.
func (l LoginSettings) check(plain bool) error {
	switch {
	case !slices.Contains([]string{"off", "optional", "required"}, l.SecondFactor):
		return malformed("login.secondFactor", "must be off, optional or required")
	case !l.Password && !l.Passkeys && l.OIDC == nil:
		return ids.Refuse(wire.BadArgument, "login.password", "cannot be off while there is no other way to log in; turn login.passkeys on, or set login.oidc")
	case l.OIDC != nil:
		return l.OIDC.check(plain)
	}
	return nil
}

// OfferedWays are the ways to log in that a server offers beside the password. They need that
// it knows its own name.
type OfferedWays struct {
	Passkeys, Provider bool
}

// checkOffered refuses to turn passwords off where the server offers nothing else of what is
// on: only the app's secret would have a way in.
func (l LoginSettings) checkOffered(by OfferedWays) error {
	switch {
	case l.Password, l.Passkeys && by.Passkeys, l.OIDC != nil && by.Provider:
		return nil
	case by.Provider: // so it knows its name
		return ids.Refuse(wire.BadArgument, "login.password", "cannot be off with passkeys alone: passkeys need https and a host that is no address, "+
			"and the server's -public-url or -hosts names none; change that, or set login.oidc")
	}
	return ids.Refuse(wire.BadArgument, "login.password",
		"cannot be off on a server that does not know its own name, which passkeys and providers need; set its -public-url or -hosts")
}

func (o OIDC) check(plain bool) error {
	issuer, err := url.Parse(o.Issuer)
	switch {
	case err != nil || issuer.Host == "" || issuer.User != nil || issuer.RawQuery != "" || issuer.Fragment != "" || len(o.Issuer) > 500:
		return malformed("login.oidc.issuer", "must be the URL of the provider, such as https://login.example.com, without a query or a fragment")
	case issuer.Scheme != "https" && !(plain && issuer.Scheme == "http"):
		return malformed("login.oidc.issuer", "must begin with https://; http:// is for -webhooks-private")
	case !plain && outbound.IsPrivate(issuer.Hostname()):
		return malformed("login.oidc.issuer", "must be at a public address; others are for -webhooks-private")
	case !slices.Contains([]string{LinkByEmail, LinkByNothing}, o.FirstLogin):
		return malformed("login.oidc.firstLogin", "must be email or none")
	case strings.TrimSpace(o.Name) != o.Name || o.Name != "" && !ids.Visible(o.Name):
		return malformed("login.oidc.name", "must show something, and not begin or end with a blank")
	}
	for _, text := range []struct {
		name, value string
		most        int
	}{
		{"name", o.Name, 60},
		{"clientId", o.ClientID, 500},
		{"clientSecret", o.ClientSecret, 2000},
	} {
		if err := ids.CheckText("login.oidc."+text.name, text.value, text.most); err != nil {
			return err
		}
	}
	if o.ClientID == "" {
		return ids.Refuse(wire.ValueMissing, "login.oidc.clientId", "must be given and must not be empty")
	}
	return nil
}

// checkChange refuses to hand the secret of one client to another provider, or to another
// client of it: whoever changes these gives the secret anew, or null.
func (l LoginSettings) checkChange(before LoginSettings, patch map[string]any) error {
	was, is := before.OIDC, l.OIDC
	if was == nil || is == nil || was.ClientSecret == "" || was.Issuer == is.Issuer && was.ClientID == is.ClientID {
		return nil
	}
	login, _ := patch["login"].(map[string]any)
	provider, _ := login["oidc"].(map[string]any)
	if _, given := provider["clientSecret"]; !given {
		return ids.Refuse(wire.ValueMissing, "login.oidc.clientSecret", "must be given with another issuer or clientId, or be null: the one before was for those")
	}
	return nil
}
