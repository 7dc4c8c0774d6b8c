package password

import (
	"strings"
	"testing"

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

// Only the beginning of a password is judged, whatever follows: judging all of a long one would keep the server busy.
func TestCheckJudgesTheBeginning(t *testing.T) {
	t.Parallel()
	const strong = "9c3KqPz7 correct horse battery staple"
	require.NoError(t, Check(strings.Repeat("a", judged-len(strong))+strong, "u"))
	assert.ErrorContains(t, Check(strings.Repeat("a", judged)+strong, "u"), "first that are guessed")
}
