package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
)

// What is kept of people for a short time, such as where a session began, is in buckets that
// remove records without overwriting them, as they have many. So it is sealed with a key that
// the user's own record has. An erasure overwrites that record: without the key nobody reads
// the rest, wherever it still stands.

// sealKey is the length of a user's key, for AES-256.
const sealKey = 32

func newSealKey() []byte {
	key := make([]byte, sealKey)
	_, _ = rand.Read(key) // it never fails
	return key
}

// Seal gives a text so that only Unseal of the same user reads it, nil if the user has no key.
func (u User) Seal(text string) []byte {
	aead := u.aead()
	if aead == nil || text == "" {
		return nil
	}
	return aead.Seal(nil, nil, []byte(text), []byte(u.ID))
}

// Unseal gives a text that Seal has sealed, "" if it was sealed for somebody else.
func (u User) Unseal(sealed []byte) string {
	aead := u.aead()
	if aead == nil {
		return ""
	}
	text, err := aead.Open(nil, nil, sealed, []byte(u.ID))
	if err != nil {
		return ""
	}
	return string(text)
}

// aead seals with a random nonce, which it puts before what it has sealed.
func (u User) aead() cipher.AEAD {
	block, err := aes.NewCipher(u.SealKey)
	if err != nil {
		return nil
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil
	}
	return aead
}
