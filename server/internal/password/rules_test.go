package password

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for password, why := range map[string]string{
		"seven77":                "8 to 256",
		strings.Repeat("p", 257): "8 to 256",
		"password":               "first that are guessed",
		"12345678":               "first that are guessed",
		"        ":               "first that are guessed",
		"P@ssw0rd":               "first that are guessed",
		"Password1!":             "first that are guessed",
		"qwertyuiop":             "first that are guessed",
		"abcdefgh":               "first that are guessed",
		"welcome2024":            "first that are guessed",
		"passwordpassword":       "first that are guessed",
		"maria.lopez1":           "first that are guessed",
		"Maria.Lopez":            "user name",
		" maria.lopez ":          "user name",
	} {
		err := Check(password, "maria.lopez")
		var refused *wire.Error
		require.ErrorAs(t, err, &refused, password)
		assert.Equal(t, wire.CodeBadRequest, refused.Code, password)
		assert.ErrorContains(t, err, why, password)
	}
	for _, password := range []string{
		"correct horse battery staple", "eight is enough", "кот сидит на окне", "9c3KqPz7", strings.Repeat("a long sentence ", 16),
	} {
		assert.NoError(t, Check(password, "maria.lopez"), password)
	}
}

// A password as long as they may be is judged fast enough to be no way to keep the server busy.
func TestCheckIsFast(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	require.NoError(t, Check(strings.Repeat("qwertz1234!aB2", 18), "u"))
	assert.Less(t, time.Since(begun), time.Second)
}
