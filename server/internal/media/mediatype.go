package media

import (
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"parley/core/wire"
)

// Sniffed is how much of a file is looked at to find out what it is.
const Sniffed = 3072

// errFileType is worded as clients of the documented interface expect it.
var errFileType = wire.Errorf(wire.CodeForbidden, "File type is not allowed")

// kinds tell by extension what a file is served as, and as what its content may
// be recognised. The first is the one that it is served as.
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

// MediaType judges a file by its name, by what its sender says that it is and by
// its first bytes, and gives the type that it is served as. They all must fit.
func MediaType(allowed []string, name, declared string, head []byte) (string, error) {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if extension == "" || !slices.Contains(allowed, extension) {
		return "", errFileType
	}
	found := mimetype.Detect(head)
	as := kinds[extension]
	if as == nil { // one that the app has added
		served := mime.TypeByExtension("." + extension)
		if served == "" {
			served = "application/octet-stream"
		}
		as = []string{served, found.String()}
	}
	fits := slices.ContainsFunc(as, func(kind string) bool { return within(found, kind) })
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

// within tells whether the content is of a kind, or of a special form of it.
func within(found *mimetype.MIME, kind string) bool {
	if kind == "text/plain" || kind == "application/zip" { // nearly everything else descends from these
		return found.Is(kind) || found.Parent() != nil && found.Parent().Is(kind) && strings.HasPrefix(found.String(), "text/")
	}
	for ; found != nil; found = found.Parent() {
		if found.Is(kind) {
			return true
		}
	}
	return false
}

// declaredFits tells whether a picture, a sound or a film is called one.
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

// ShownInPage are the types that a browser may show by itself: it does not run
// anything in them.
func ShownInPage(kind string) bool {
	family, _, _ := strings.Cut(kind, "/")
	return family == "image" || family == "audio" || family == "video"
}
