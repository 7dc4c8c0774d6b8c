package passkey

import (
	"bytes"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Key is what is stored of a passkey.
type Key struct {
	ID         []byte   `json:"id"` // that its authenticator has chosen
	Public     []byte   `json:"public"`
	Transports []string `json:"transports,omitempty"` // how browsers reach its authenticator
	Count      uint32   `json:"count,omitempty"`      // of its uses, by authenticators that count
	Syncs      bool     `json:"syncs,omitempty"`      // it may be on several devices, for good
	Synced     bool     `json:"synced,omitempty"`     // it is
}

// Holder is whose passkeys they are.
type Holder struct {
	ID       string // random: authenticators show it to whoever has them in hand
	Username string
	Name     string
	Keys     []Key
}

// Has tells whether a passkey of this id is the holder's.
func (h Holder) Has(id []byte) bool {
	return slices.ContainsFunc(h.Keys, func(k Key) bool { return bytes.Equal(k.ID, id) })
}

// keyOf is what is stored of a passkey that the library has verified.
func keyOf(c *webauthn.Credential) Key {
	k := Key{
		ID: c.ID, Public: c.PublicKey, Count: c.Authenticator.SignCount,
		Syncs: c.Flags.BackupEligible, Synced: c.Flags.BackupState,
	}
	for _, t := range c.Transport {
		k.Transports = append(k.Transports, string(t))
	}
	return k
}

func (k Key) credential() webauthn.Credential {
	c := webauthn.Credential{
		ID: k.ID, PublicKey: k.Public, Authenticator: webauthn.Authenticator{SignCount: k.Count},
		Flags: webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: k.Syncs, BackupState: k.Synced},
	}
	for _, t := range k.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

// Used notes a use of the passkey in what is stored of it, which another use may have
// changed meanwhile. A count that does not grow is that of a copy, and is refused.
func (k *Key) Used(now Key) error {
	authenticator := webauthn.Authenticator{SignCount: k.Count}
	if authenticator.UpdateCounter(now.Count); authenticator.CloneWarning {
		return Refuse("its count of uses has gone back: there is a copy of it")
	}
	k.Count, k.Synced = now.Count, now.Synced
	return nil
}

// user is the holder as the library knows them.
type user struct{ Holder }

func (u user) WebAuthnID() []byte          { return []byte(u.ID) }
func (u user) WebAuthnName() string        { return u.Username }
func (u user) WebAuthnDisplayName() string { return u.Name }

func (u user) WebAuthnCredentials() (list []webauthn.Credential) {
	for _, k := range u.Keys {
		list = append(list, k.credential())
	}
	return list
}
