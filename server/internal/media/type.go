package media

import (
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"parley/core/wire"
)

// HeadBytes is how many bytes of a file Type needs to recognise its content.
const HeadBytes = 3072

// errFileType has the words of the documented interface, which clients expect.
var errFileType = wire.Errorf(wire.CodeForbidden, "File type is not allowed")

// kinds are the media types as which the content of a file may be recognised, by its
// extension. The file is served as the first.
var kinds = map[string][]string{
	"jpeg": {"image/jpeg"}, "jpg": {"image/jpeg"}, "png": {"image/png"}, "gif": {"image/gif"}, "webp": {"image/webp"},
	"pdf":  {"application/pdf"},
	"doc":  {"application/msword", "application/x-ole-storage"},
	"xls":  {"application/vnd.ms-excel", "application/x-ole-storage"},
	"docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"},
	"txt":  {"text/plain"}, "csv": {"text/csv", "text/plain"},
	"mp4": {"video/mp4", "audio/mp4", "audio/x-m4a", "video/quicktime", "video/x-m4v"},
	"m4a": {"audio/mp4", "audio/x-m4a", "video/mp4"}, "webm": {"video/webm", "video/x-matroska"},
	"avi": {"video/x-msvideo"}, "mp3": {"audio/mpeg"}, "aac": {"audio/aac"}, "wav": {"audio/wav"},
	"wma": {"audio/x-ms-wma", "video/x-ms-asf"}, "ogg": {"audio/ogg", "video/ogg", "application/ogg"}, "oga": {"audio/ogg", "application/ogg"},
}

// runnable is content that a browser or a machine could run.
var runnable = []string{
	"text/html", "text/xml", "image/svg+xml", "text/javascript", "application/javascript", "application/xhtml+xml",
	"application/x-msdownload", "application/vnd.microsoft.portable-executable", "application/x-elf", "application/x-mach-binary",
	"application/jar", "application/x-sh", "text/x-shellscript", "text/x-php", "application/wasm",
}

// Type judges a file by its name, by the media type that its sender declares and by its
// first HeadBytes bytes, which must fit together. It gives the media type as which the
// file is served, or a 403. accepted are file name extensions, in lower case and without
// a dot.
func Type(accepted []string, name, declared string, head []byte) (string, error) {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if extension == "" || !slices.Contains(accepted, extension) {
		return "", errFileType
	}
	found := mimetype.Detect(head)
	as := kinds[extension]
	if as == nil { // an extension that only the app accepts
		served := mime.TypeByExtension("." + extension)
		if served == "" {
			served = "application/octet-stream"
		}
		as = []string{served, found.String()}
	}
	fits := slices.ContainsFunc(as, func(kind string) bool { return isKind(found, kind) })
	for _, kind := range runnable {
		fits = fits && !found.Is(kind) && !sameType(declared, kind)
	}
	if family, _, _ := strings.Cut(as[0], "/"); fits && family != "application" && family != "text" {
		fits = fits && declaredFits(declared, as)
	}
	if !fits {
		return "", errFileType
	}
	return as[0], nil
}

// isKind tells whether the content is of a media type, or of a more special one.
func isKind(found *mimetype.MIME, kind string) bool {
	if kind == "text/plain" || kind == "application/zip" { // nearly everything is a special form of these
		return found.Is(kind) || found.Parent() != nil && found.Parent().Is(kind) && strings.HasPrefix(found.String(), "text/")
	}
	for ; found != nil; found = found.Parent() {
		if found.Is(kind) {
			return true
		}
	}
	return false
}

// declaredFits tells whether the declared type of an image, an audio or a video file is
// of the same family as one of the types it may have.
func declaredFits(declared string, as []string) bool {
	family, _, named := strings.Cut(declared, "/")
	if !named || sameType(declared, "application/octet-stream") {
		return true
	}
	return slices.ContainsFunc(as, func(kind string) bool { return strings.HasPrefix(kind, family+"/") })
}

func sameType(declared, kind string) bool {
	plain, _, err := mime.ParseMediaType(declared)
	return err == nil && plain == kind
}

// Inline tells whether a browser may show a file of this media type in the page: it runs
// nothing in it.
func Inline(kind string) bool {
	family, _, _ := strings.Cut(kind, "/")
	return family == "image" || family == "audio" || family == "video"
}
