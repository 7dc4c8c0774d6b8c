package identity

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What is sealed of a user is read by nobody else, and by nobody once their key is gone.
func TestSeal(t *testing.T) {
	t.Parallel()
	u := User{ID: "u", SealKey: newSealKey()}
	sealed := u.Seal("192.0.2.0/24")
	assert.NotContains(t, string(sealed), "192.0.2.0")
	assert.NotEqual(t, sealed, u.Seal("192.0.2.0/24"))
	assert.Equal(t, "192.0.2.0/24", u.Unseal(sealed))
	assert.Empty(t, u.Unseal(nil))
	assert.Empty(t, u.Unseal(sealed[1:]))
	for name, other := range map[string]User{
		"another key": {ID: "u", SealKey: newSealKey()}, "another id": {ID: "v", SealKey: u.SealKey}, "no key": {ID: "u"},
	} {
		assert.Empty(t, other.Unseal(sealed), name)
	}
	assert.Nil(t, User{ID: "u"}.Seal("192.0.2.0/24"))
	assert.Nil(t, u.Seal(""))
	assert.NotContains(t, string(u.Own()), "seal")
}
