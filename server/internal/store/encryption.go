package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	natsserver "github.com/nats-io/nats-server/v2/server"
)

// Encryption says how the embedded engine encrypts its files: by NATS JetStream's own
// encryption at rest, of streams and of consumers.
type Encryption struct {
	Key string // "" for data that is not encrypted
	AES bool   // the cipher is AES-GCM; else it is ChaCha20-Poly1305
}

func (c Encryption) cipher() natsserver.StoreCipher {
	if c.AES {
		return natsserver.AES
	}
	return natsserver.ChaCha
}

// Names of the ciphers, as -store-cipher has them.
const (
	cipherChaCha = "chacha"
	cipherAES    = "aes"
)

func (c Encryption) name() string {
	if c.AES {
		return cipherAES
	}
	return cipherChaCha
}

// cipherFile in the folder of the data names its cipher; without it that is ChaCha20-Poly1305.
const cipherFile = "cipher"

// keyOfStream is the file in the folder of a stream that says that it is encrypted: it has
// the stream's own key, sealed with that of the store.
const keyOfStream = "meta.key"

// CheckEncryption refuses a key for data that is not encrypted, data that is encrypted without
// a key, and another cipher than the data's. NATS itself would encrypt the first, warn of the
// second and leave it out, and encrypt the third anew: nobody can read what it leaves when it
// is killed meanwhile, and it makes streams anew that are empty (nats-server 2.15.2, run).
func CheckEncryption(dir string, c Encryption) error {
	folders, err := streamFolders(dir)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		_, err := os.Stat(filepath.Join(folder, keyOfStream))
		switch encrypted := err == nil; {
		case err != nil && !os.IsNotExist(err):
			return cannotUse(dir, err)
		case encrypted && c.Key == "":
			return fmt.Errorf("the data in %s is encrypted, and no key is given; give the key with which it was made (-store-key-file)", dir)
		case !encrypted && c.Key != "":
			return fmt.Errorf("the data in %s is not encrypted, and a key is given; leave the key away, "+
				"or make a backup and restore it with the key into an empty folder", dir)
		}
	}
	if len(folders) == 0 || c.Key == "" {
		return nil
	}
	switch is, err := cipherOf(dir); {
	case err != nil:
		return cannotUse(dir, err)
	case is != c.name():
		return fmt.Errorf("the data in %s is encrypted with the cipher %s; give that one (-store-cipher %s), "+
			"or make a backup and restore it with %s into an empty folder", dir, is, is, c.name())
	}
	return nil
}

func cipherOf(dir string) (string, error) {
	name, err := os.ReadFile(filepath.Join(dir, dataFolder, cipherFile))
	if os.IsNotExist(err) {
		return cipherChaCha, nil
	}
	return strings.TrimSpace(string(name)), err
}

// noteCipher names the cipher in a folder that has no data yet.
func noteCipher(dir string, c Encryption) error {
	if folders, err := streamFolders(dir); err != nil || len(folders) > 0 || c.Key == "" {
		return err
	}
	data := filepath.Join(dir, dataFolder)
	err := os.MkdirAll(data, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(data, cipherFile), []byte(c.name()+"\n"), 0o600)
	}
	if err == nil {
		err = SyncFolder(data)
	}
	if err != nil {
		return cannotUse(dir, err)
	}
	return nil
}
