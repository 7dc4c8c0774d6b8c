package main

import (
	"errors"
	"fmt"

	"parley/server"
)

// leastStoreKey is the least length of the key of the store: who has the files can try
// keys as fast as they like.
const leastStoreKey = 32

// Ciphers of the store.
const (
	cipherChaCha = "chacha"
	cipherAES    = "aes"
)

// encryptionOptions say how the files in the folder are encrypted.
func (c *config) encryptionOptions(o *options) {
	addSecret(o, &c.storeKey, "store-key", "`key` with which the files in the folder are encrypted, of 32 characters or more; "+
		"it belongs to the data: without it nobody reads them again", hidden)
	add(o, &c.storeCipher, "store-cipher", cipherChaCha, "`cipher` of -store-key. chacha: ChaCha20-Poly1305. aes: AES-GCM", oneOf(cipherChaCha, cipherAES))
}

func (c *config) encryption() server.EngineEncryption {
	return server.EngineEncryption{Key: c.storeKey, AES: c.storeCipher == cipherAES}
}

// checkStoreKey refuses a key that is guessed, and one that nothing would be encrypted with.
func (c *config) checkStoreKey() (wrong []error) {
	if n := len(c.storeKey); n > 0 && n < leastStoreKey {
		wrong = append(wrong, fmt.Errorf("-store-key: the key has %d characters, and needs at least %d; `openssl rand -hex 32` makes a good one", n, leastStoreKey))
	}
	if c.storeKey != "" && c.nats != "" {
		wrong = append(wrong, errors.New("-store-key is for the data in the folder: NATS has an encryption of its own, in its configuration (jetstream.key)"))
	}
	return wrong
}
