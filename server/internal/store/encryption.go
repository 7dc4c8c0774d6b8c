package store

import (
	"fmt"
	"os"
	"path/filepath"

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

// keyOfStream is the file in the folder of a stream that says that it is encrypted: it has
// the stream's own key, sealed with that of the store.
const keyOfStream = "meta.key"

// CheckEncryption refuses a key for data that is not encrypted, and data that is encrypted
// without a key. NATS itself would encrypt the one, and warn of the other and leave it out.
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
	return nil
}
