package chatstate

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlainText(t *testing.T) {
	for given, want := range map[string]string{
		"plain": "plain", "a < b && c > d": "a < b && c > d", "<b>x</b>": "x", "one<br>two": "one\ntwo",
		"&lt;b&gt;": "<b>", "<img src=x onerror=alert(1)>": "", "<style>p{}</style>x": "x", "<": "<",
	} {
		assert.Equal(t, want, plainText(given), given)
	}
}
