package passkey

import (
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"parley/core/wire"
)

// Within is how long a challenge may take to be answered.
const Within = 5 * time.Minute

// Site is where passkeys hold: pages of one origin. Browsers hand no passkey of one host
// to another.
type Site struct {
	Origin string // such as https://example.com
	Name   string // what people read beside it

	library *webauthn.WebAuthn
}

// NewSite refuses an origin whose pages browsers let have no passkeys, "" among them.
func NewSite(origin, name string) (Site, error) {
	refused := wire.Errorf(wire.LoginOff, "passkeys need https and a host name that the server knows to be its own: see -public-url and -hosts")
	u, err := url.Parse(origin)
	if err != nil {
		return Site{}, refused
	}
	host := strings.ToLower(u.Hostname())
	if local := host == "localhost" || strings.HasSuffix(host, ".localhost"); host == "" || u.Scheme != "https" && !local {
		return Site{}, refused
	}
	if u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		u.Host = host
	}
	origin = strings.ToLower(u.Scheme + "://" + u.Host)
	required := true
	timeout := webauthn.TimeoutConfig{Timeout: Within}
	library, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: name, RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation, // which make of authenticator it is, nobody needs to know
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		Timeouts:                          webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore, // password managers add some
	})
	if err != nil {
		return Site{}, refused // the host is an address
	}
	return Site{origin, name, library}, nil
}

// Host is the host for which passkeys of the site hold.
func (s Site) Host() string { return s.library.Config.RPID }
