package media

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

// zipOf is the beginning of a ZIP file whose first file has this name.
func zipOf(name string) string {
	return "PK\x03\x04\x14\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 16) + string(rune(len(name))) + "\x00\x00\x00" + name
}

func TestType(t *testing.T) {
	accepted := []string{"zip", "png", "jpg", "pdf", "txt", "csv", "xls", "gif", "wav", "mp3", "mp4", "docx", "heic", "mov", "doc", "webm"}
	ole := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...)
	const (
		png  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
		mp3  = "\xff\xfb\x90\x64\x00"
		heic = "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
		mov  = "\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  "
	)
	for _, c := range []struct {
		about, name, declared, content string
		want, as                       string // as is name if ""
	}{
		{"a picture", "a.PNG", "image/png", png, "image/png", ""},
		{"a document", "a.pdf", "application/octet-stream", "%PDF-1.7\n", "application/pdf", ""},
		{"text", "a.txt", "text/plain", "hello, 1 < 2", "text/plain", ""},
		{"a table", "a.csv", "application/vnd.ms-excel", "a,b\n1,2\n", "text/csv", ""},
		{"a sheet", "a.xls", "application/vnd.ms-excel", string(ole), "application/vnd.ms-excel", ""},
		{"a moving picture", "a.gif", "image/gif", "GIF89a\x01\x00\x01\x00", "image/gif", ""},
		{"sound", "a.wav", "audio/x-wav", "RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav", ""},
		{"music", "a.mp3", "audio/mpeg", mp3, "audio/mpeg", ""},
		{"a film", "a.mp4", "video/mp4", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4", ""},
		{"a voice message", "a.webm", "audio/webm", "\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "video/webm", ""},
		{"an archive", "a.zip", "application/zip", "PK\x03\x04\x14\x00\x00\x00\x00\x00", "application/zip", ""},
		{"JSON is text", "log.txt", "text/plain", `{"level": "info", "text": "started"}`, "text/plain", ""},
		{"lines of JSON are text", "log.txt", "", "{\"a\": 1}\n{\"a\": 2}\n", "text/plain", ""},
		{"JSON in a table's name", "log.csv", "text/csv", `[1, 2]`, "text/csv", ""},
		{"a picture is what it is", "shot.jpg", "image/jpeg", png, "image/png", ""},
		{"also under a document's name", "shot.pdf", "application/pdf", png, "image/png", ""},
		{"a phone's picture", "IMG_1.HEIC", "image/heic", heic, "image/heic", ""},
		{"a phone's film", "IMG_1.MOV", "video/quicktime", mov, "video/quicktime", ""},
		{"no extension, but a type", "file", "image/png", png, "image/png", "file.png"},
		{"an extension made of the type", "file.mpeg", "audio/mpeg", mp3, "audio/mpeg", "file.mp3"},
		{"the same for text", "file.plain", "text/plain; charset=utf-8", "hello", "text/plain", "file.txt"},
		{"the same for documents", "file.msword", "application/msword", string(ole), "application/msword", "file.doc"},
		{"a program called picture", "a.gif", "image/gif", "MZ\x90\x00\x03", "", ""},
		{"a package of an office program", "a.docx", "", zipOf("docProps/app.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""},
		{"any other archive called document", "a.docx", "", zipOf("run.exe"), "", ""},
		{"an archive that is cut", "a.docx", "", zipOf("docProps/app.xml")[:28], "", ""},
		{"text called document", "a.docx", "", "hello", "", ""},
		{"neither extension nor type", "file", "", png, "image/png", "file.png"},
		{"text without either", "file", "application/octet-stream", "hello", "text/plain", "file.txt"},
		{"a program without either", "file", "", "MZ\x90\x00\x03", "", ""},
		{"an extension that is not allowed", "run.exe", "image/png", png, "", ""},
		{"a type that is not the content's", "file.mpeg", "audio/mpeg", "hello", "", ""},
		{"a page called text", "a.txt", "text/plain", "<!doctype html><p>hello", "", ""},
		{"XML called text", "a.txt", "text/plain", `<?xml version="1.0"?><a/>`, "", ""},
		{"a feed called text", "a.txt", "text/plain", `<?xml version="1.0"?><rss version="2.0"></rss>`, "", ""},
		{"a script called text", "a.txt", "text/plain", "#!/bin/sh\necho\n", "", ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			got, name, err := Type(accepted, c.name, c.declared, []byte(c.content))
			if c.want == "" {
				var refused *wire.Error
				require.ErrorAs(t, err, &refused)
				assert.Equal(t, "File type is not allowed", refused.Message)
				assert.Contains(t, refused.Detail, c.name)
				assert.Contains(t, refused.Detail, "zip, png, jpg")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			if c.as == "" {
				c.as = c.name
			}
			assert.Equal(t, c.as, name)
		})
	}
}

func TestRefusedFilesSayWhatTheyAre(t *testing.T) {
	_, _, err := Type([]string{"png", "txt"}, "log.txt", "text/plain", []byte("#!/bin/sh\necho\n"))
	var refused *wire.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, `"log.txt" cannot be sent: its content is text/x-shellscript; allowed are png, txt`, refused.Detail)
}
