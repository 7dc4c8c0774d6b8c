package identity

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Version 1.0.0 took an external id from anyone, and its records do not tell whether it came
// with the app's secret or from a page. So all are claims from now on, which prove nothing;
// the app's server makes those known who are (MakeKnown).

// onlyClaimed is a record of the users of version 1.0.0 without what is not proved: external
// ids become claims, and the index of them is left behind. Users get the key that they lack.
func onlyClaimed(key string, value []byte) ([]byte, error) {
	if isExternalKey(key) {
		return nil, nil
	}
	var u User
	if err := json.Unmarshal(value, &u); err != nil {
		return nil, fmt.Errorf("user %s: %w", key, err)
	}
	if u.ExternalID != "" {
		u.Claimed, u.ExternalID = u.ExternalID, ""
	}
	u.SealKey = newSealKey()
	return json.Marshal(u)
}

func unchanged(_ string, value []byte) ([]byte, error) { return value, nil }

// isExternalKey tells an externalKey from a userKey, which has two parts.
func isExternalKey(key string) bool { return strings.Count(key, ".") == 2 }
