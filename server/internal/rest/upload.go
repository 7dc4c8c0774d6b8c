package rest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/core/wire"
	"parley/server/internal/media"
	"parley/server/internal/op"
)

// Bounds of a form that carries a file.
const (
	maxFields = 16
	maxField  = 4 << 10 // bytes of a field
)

// isForm tells whether the body of a request is a form that can carry a file.
func isForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// readForm reads the fields of a form up to its file, which must come last. The content
// of the file is not read; there may be no file.
func readForm(body *pacedBody, p *op.Params) (*op.Upload, error) {
	form, err := body.request.MultipartReader()
	if err != nil {
		return nil, wire.Errorf(wire.BadArgument, "body: %s", err)
	}
	for range maxFields {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, unread(err)
		}
		if part.FormName() == "media" {
			body.endWithin(media.Within(body.request.ContentLength))
			return fileOf(part, body.request.ContentLength)
		}
		value, err := io.ReadAll(io.LimitReader(part, maxField+1))
		if err != nil {
			return nil, unread(err)
		}
		if body.part.Grow(body.request.Context(), len(value)) != nil {
			return nil, errNoRoom()
		}
		if len(value) > maxField {
			return nil, wire.Errorf(wire.RequestTooLong, "%s: longer than the limit of %d bytes", part.FormName(), maxField)
		}
		if name := part.FormName(); name != "" {
			p.SetText(name, string(value))
		}
	}
	return nil, wire.Errorf(wire.BadArgument, "body: the form has more than %d fields", maxFields)
}

// fileOf reads the head of a file, which comes in a request of so many bytes.
func fileOf(part *multipart.Part, size int64) (*op.Upload, error) {
	u := &op.Upload{Name: fileName(part.FileName()), Declared: part.Header.Get("Content-Type"), Size: size}
	head := make([]byte, media.HeadBytes)
	n, err := io.ReadFull(part, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, unread(err)
	}
	u.Head = head[:n]
	u.Content = io.MultiReader(bytes.NewReader(u.Head), part)
	return u, nil
}

// fileName makes a name safe to show and to save under: no folders, no control
// characters, nothing that changes the direction of writing, and at most 255 bytes. A
// name that is cut keeps its extension.
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
