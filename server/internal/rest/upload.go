package rest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// Bounds of a form that carries a file.
const (
	fieldsAtMost = 16
	fieldBytes   = 4 << 10

	silenceWithin = 30 * time.Second // without a byte from the client
	drained       = 32 << 20         // bytes read of a file that is refused
)

func IsForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// readForm reads the fields of a form up to its file, whose content is left to
// be read. The file must be the last.
func readForm(r *http.Request, p *op.Params) (*op.Upload, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, wire.Errorf(wire.CodeBadRequest, "body: %s", err)
	}
	for range fieldsAtMost {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, badForm(err)
		}
		if part.FormName() == "media" {
			return fileOf(part)
		}
		value, err := io.ReadAll(io.LimitReader(part, fieldBytes+1))
		if err != nil {
			return nil, badForm(err)
		}
		if len(value) > fieldBytes {
			return nil, wire.Errorf(wire.CodeTooLarge, "%s: longer than the limit of %d bytes", part.FormName(), fieldBytes)
		}
		if name := part.FormName(); name != "" {
			p.SetText(name, string(value))
		}
	}
	return nil, wire.Errorf(wire.CodeBadRequest, "body: the form has more than %d fields", fieldsAtMost)
}

func fileOf(part *multipart.Part) (*op.Upload, error) {
	u := &op.Upload{Name: fileName(part.FileName()), Declared: part.Header.Get("Content-Type")}
	head := make([]byte, media.Sniffed)
	n, err := io.ReadFull(part, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, badForm(err)
	}
	u.Head = head[:n]
	u.Content = io.MultiReader(bytes.NewReader(u.Head), part)
	return u, nil
}

func badForm(err error) error {
	return wire.Errorf(wire.CodeBadRequest, "body: the form cannot be read: %s", err)
}

// fileName leaves of a name what is safe to show and to save under: no folders,
// no control characters, nothing that turns the direction of writing, and 255
// bytes at most, of which the extension stays.
func fileName(name string) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if name == "" {
		return "file"
	}
	const most = 255
	if len(name) <= most {
		return name
	}
	extension := ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 && len(name)-i <= 16 {
		name, extension = name[:i], name[i:]
	}
	name = name[:most-len(extension)]
	for !utf8.ValidString(name) {
		name = name[:len(name)-1]
	}
	return name + extension
}

// patient gives the client of a request time as long as bytes move.
type patient struct {
	body    io.ReadCloser
	control *http.ResponseController
}

func (p patient) Read(b []byte) (int, error) {
	now := time.Now()
	_ = p.control.SetReadDeadline(now.Add(silenceWithin)) // of a connection that is gone, else it works
	_ = p.control.SetWriteDeadline(now.Add(silenceWithin + ids.OperationWithin))
	return p.body.Read(b)
}

func (p patient) Close() error { return p.body.Close() }
