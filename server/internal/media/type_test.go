package media

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestType(t *testing.T) {
	ole := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...)
	for _, c := range []struct{ name, declared, content, want string }{
		{"a.PNG", "image/png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"},
		{"a.pdf", "application/octet-stream", "%PDF-1.7\n", "application/pdf"},
		{"a.txt", "text/plain", "hello, 1 < 2", "text/plain"},
		{"a.csv", "application/vnd.ms-excel", "a,b\n1,2\n", "text/csv"},
		{"a.xls", "application/vnd.ms-excel", string(ole), "application/vnd.ms-excel"},
		{"a.gif", "image/gif", "GIF89a\x01\x00\x01\x00", "image/gif"},
		{"a.wav", "audio/x-wav", "RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"},
		{"a.mp3", "audio/mpeg", "\xff\xfb\x90\x64\x00", "audio/mpeg"},
		{"a.mp4", "video/mp4", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4"},
		{"a.zip", "application/zip", "PK\x03\x04\x14\x00\x00\x00\x00\x00", "application/zip"},
		{"a.gif", "image/gif", "MZ\x90\x00\x03", ""},
		{"a.docx", "", "hello", ""},
	} {
		got, err := Type([]string{"zip", "png", "pdf", "txt", "csv", "xls", "gif", "wav", "mp3", "mp4", "docx"}, c.name, c.declared, []byte(c.content))
		if c.want == "" {
			assert.Equal(t, errFileType, err, c.name)
			continue
		}
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, got, c.name)
	}
}
