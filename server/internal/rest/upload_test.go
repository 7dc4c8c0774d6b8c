package rest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFileName(t *testing.T) {
	for given, want := range map[string]string{
		"cat.png": "cat.png", `C:\fakepath\cat.png`: "cat.png", "../../etc/passwd": "passwd", "": "file", "..": "file",
		"a\r\nb.png": "ab.png", "gpj.\u202eexe.png": "gpj.exe.png", "\xff\xfe.txt": "txt",
		strings.Repeat("ä", 200) + ".jpeg": strings.Repeat("ä", 125) + ".jpeg",
	} {
		assert.Equal(t, want, fileName(given), "%q", given)
	}
}
