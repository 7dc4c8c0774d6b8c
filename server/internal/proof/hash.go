package proof

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Of verifies the keyed hash of an id: HMAC-SHA256 with a key of the algorithm Hash, in
// hexadecimal. keyID is the key's, "" for any. Such a proof has no end but that of its
// key, and says nothing but the id.
func Of(externalID, hash, keyID string, keys []Key) (Claims, error) {
	if err := checkID(externalID); err != nil {
		return Claims{}, err
	}
	given, err := hex.DecodeString(hash)
	if err != nil || len(given) != sha256.Size {
		return Claims{}, refused("userHash must have %d hexadecimal digits", 2*sha256.Size)
	}
	for _, key := range keys {
		if key.Algorithm != Hash || keyID != "" && keyID != key.ID {
			continue
		}
		sum := hmac.New(sha256.New, []byte(key.Secret))
		sum.Write([]byte(externalID))
		if hmac.Equal(given, sum.Sum(nil)) {
			return Claims{ExternalID: externalID}, nil
		}
	}
	return Claims{}, refused("userHash is not that of the externalId with an identity key of the algorithm %s", Hash)
}
