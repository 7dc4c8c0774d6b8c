package passkey

import (
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Asked is what a page asks an authenticator for.
type Asked struct {
	Options   json.RawMessage // of the browser's navigator.credentials
	Challenge string          // to be signed, once
}

// Make asks for a new passkey of a holder, by an authenticator that has none of them yet.
func (s Site) Make(h Holder) (Asked, error) {
	u := user{h}
	creation, session, err := s.library.BeginRegistration(u,
		webauthn.WithExclusions(webauthn.Credentials(u.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Asked{}, err
	}
	options, err := json.Marshal(creation.Response)
	return Asked{options, session.Challenge}, err
}

// Ask asks for any passkey of the site.
func (s Site) Ask() (Asked, error) {
	assertion, session, err := s.library.BeginDiscoverableLogin()
	if err != nil {
		return Asked{}, err
	}
	options, err := json.Marshal(assertion.Response)
	return Asked{options, session.Challenge}, err
}

// Made is a new passkey, which is not verified yet.
type Made struct {
	parsed *protocol.ParsedCredentialCreationData
}

// ParseMade reads what a browser gives for a new passkey.
func ParseMade(answer []byte) (Made, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Made{}, refused(err)
	}
	return Made{parsed}, nil
}

// Challenge is what the authenticator says to have signed.
func (m Made) Challenge() string { return m.parsed.Response.CollectedClientData.Challenge }

// Verify gives what is to be stored of a new passkey of a holder.
func (s Site) Verify(m Made, h Holder, challenge string) (Key, error) {
	session := s.session(challenge)
	session.UserID, session.CredParams = []byte(h.ID), webauthn.CredentialParametersDefault()
	made, err := s.library.CreateCredential(user{h}, session, m.parsed)
	if err != nil {
		return Key{}, refused(err)
	}
	return keyOf(made), nil
}

// Answer is the use of a passkey, which is not verified yet.
type Answer struct {
	parsed *protocol.ParsedCredentialAssertionData
}

// ParseAnswer reads what a browser gives for the use of a passkey.
func ParseAnswer(answer []byte) (Answer, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Answer{}, refused(err)
	}
	return Answer{parsed}, nil
}

// Challenge is what the authenticator says to have signed.
func (a Answer) Challenge() string { return a.parsed.Response.CollectedClientData.Challenge }

// Holder is the id of whom the authenticator says that the passkey is.
func (a Answer) Holder() string { return string(a.parsed.Response.UserHandle) }

// Check gives the passkey of the holder that has been used, as it is now.
func (s Site) Check(a Answer, h Holder, challenge string) (Key, error) {
	find := func([]byte, []byte) (webauthn.User, error) { return user{h}, nil }
	used, err := s.library.ValidateDiscoverableLogin(find, s.session(challenge), a.parsed)
	if err != nil {
		return Key{}, refused(err)
	}
	now := keyOf(used)
	now.Count = a.parsed.Response.AuthenticatorData.Counter // the library leaves out one that has gone back
	return now, nil
}

// session is what the library remembers of a challenge.
func (s Site) session(challenge string) webauthn.SessionData {
	return webauthn.SessionData{Challenge: challenge, RelyingPartyID: s.library.Config.RPID, UserVerification: protocol.VerificationRequired}
}
