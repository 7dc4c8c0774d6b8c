package media

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"parley/core/wire"
)

// HeadBytes is how many bytes of a file Type needs to recognise its content.
const HeadBytes = 3072

// refusedType has the words of the documented interface, which clients compare, and in
// its detail which file it is, what was found in it and what the app accepts.
func refusedType(accepted []string, name, found string) error {
	found, _, _ = strings.Cut(found, ";")
	err := wire.Errorf(wire.FileType, "File type is not allowed")
	err.Detail = fmt.Sprintf("%q cannot be sent: its content is %s; allowed are %s", name, found, strings.Join(accepted, ", "))
	return err
}

// kinds are the media types as which the content of a file may be recognised, by its
// extension. The file is served as the first.
var kinds = map[string][]string{
	"jpeg": {"image/jpeg"}, "jpg": {"image/jpeg"}, "png": {"image/png"}, "gif": {"image/gif"}, "webp": {"image/webp"},
	"heic": {"image/heic", "image/heif", "image/heic-sequence"}, "heif": {"image/heif", "image/heic", "image/heif-sequence"},
	"pdf":  {"application/pdf"},
	"doc":  {"application/msword", "application/x-ole-storage"},
	"xls":  {"application/vnd.ms-excel", "application/x-ole-storage"},
	"docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", officePackage},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", officePackage},
	"txt":  {"text/plain"}, "csv": {"text/csv", "text/plain"},
	"mp4": {"video/mp4", "audio/mp4", "audio/x-m4a", "video/quicktime", "video/x-m4v"},
	"m4a": {"audio/mp4", "audio/x-m4a", "video/mp4"}, "webm": {"video/webm", "audio/webm", "video/x-matroska"},
	"mov": {"video/quicktime", "video/mp4", "video/x-m4v"},
	"avi": {"video/x-msvideo"}, "mp3": {"audio/mpeg"}, "aac": {"audio/aac"}, "wav": {"audio/wav"},
	"wma": {"audio/x-ms-wma", "video/x-ms-asf"}, "ogg": {"audio/ogg", "video/ogg", "application/ogg"}, "oga": {"audio/ogg", "application/ogg"},
}

// officePackage is a ZIP file that begins as documents of office programs do (ECMA-376
// part 2). The content is recognised as no more when what tells them apart comes late.
const officePackage = "office package"

// beginsPackage tells whether the first file of a ZIP file is one that such packages begin
// with.
func beginsPackage(head []byte) bool {
	const nameAt = 30 // in the header of a file
	if len(head) < nameAt {
		return false
	}
	name := string(head[nameAt:min(len(head), nameAt+int(binary.LittleEndian.Uint16(head[26:])))])
	return name == "[Content_Types].xml" || slices.ContainsFunc([]string{"_rels/", "docProps/", "customXml/", "word/", "xl/"},
		func(folder string) bool { return strings.HasPrefix(name, folder) })
}

// runnable is content that a browser or a machine could run.
var runnable = []string{
	"text/html", "text/xml", "image/svg+xml", "text/javascript", "application/javascript", "application/xhtml+xml",
	"application/x-msdownload", "application/vnd.microsoft.portable-executable", "application/x-elf", "application/x-mach-binary",
	"application/jar", "application/x-sh", "text/x-shellscript", "text/x-php", "application/wasm",
}

// Type judges a file by its name, by the media type that its sender declares and by its
// first HeadBytes bytes, which must fit together. It gives the media type as which the
// file is served, and the name under which; or a 403. accepted are file name extensions,
// in lower case and without a dot.
//
// A picture is served as what it is, whatever its extension: programs and people rename
// them. A name without an extension, or with one that was made from the declared type
// (file.mpeg of audio/mpeg), gets that of the declared type; without a declared type,
// that of the content.
func Type(accepted []string, name, declared string, head []byte) (served, as string, err error) {
	found := mimetype.Detect(head)
	refused := refusedType(accepted, name, found.String())
	if isRunnable(found, declared) {
		return "", "", refused
	}
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if !slices.Contains(accepted, extension) {
		if extension = cmp.Or(declaredExtension(accepted, extension, declared), foundExtension(accepted, extension, declared, found)); extension == "" {
			return "", "", refused
		}
		name = strings.TrimSuffix(name, path.Ext(name)) + "." + extension
	}
	if picture := pictureType(accepted, found); picture != "" {
		return picture, name, nil
	}
	may := kinds[extension]
	if may == nil { // an extension that only the app accepts
		served := mime.TypeByExtension("." + extension)
		if served == "" {
			served = "application/octet-stream"
		}
		may = []string{served, found.String()}
	}
	fits := slices.ContainsFunc(may, func(kind string) bool {
		return isKind(found, kind) || kind == officePackage && found.Is("application/zip") && beginsPackage(head)
	})
	if family, _, _ := strings.Cut(may[0], "/"); fits && family != "application" && family != "text" {
		fits = declaredFits(declared, may)
	}
	if !fits {
		return "", "", refused
	}
	return may[0], name, nil
}

func isRunnable(found *mimetype.MIME, declared string) bool {
	return slices.ContainsFunc(runnable, func(kind string) bool { return found.Is(kind) || sameType(declared, kind) })
}

// declaredExtension gives the accepted extension of the declared type, if the name has no
// extension of its own; else "".
func declaredExtension(accepted []string, extension, declared string) string {
	kind, _, err := mime.ParseMediaType(declared)
	if _, subtype, _ := strings.Cut(kind, "/"); err != nil || extension != "" && extension != subtype {
		return ""
	}
	for _, allowed := range accepted {
		if slices.Contains(kinds[allowed], kind) {
			return allowed
		}
	}
	return ""
}

// foundExtension gives the accepted extension of the content, if neither the name nor the
// sender says what the file is; else "".
func foundExtension(accepted []string, extension, declared string, found *mimetype.MIME) string {
	if extension != "" || declared != "" && !sameType(declared, "application/octet-stream") {
		return ""
	}
	i := slices.IndexFunc(accepted, func(allowed string) bool { return kinds[allowed] != nil && isKind(found, kinds[allowed][0]) })
	if i < 0 {
		return ""
	}
	return accepted[i]
}

// pictureType gives the type of a picture that is accepted under any extension; else "".
func pictureType(accepted []string, found *mimetype.MIME) string {
	for _, allowed := range accepted {
		for _, kind := range kinds[allowed] {
			if strings.HasPrefix(kind, "image/") && found.Is(kind) {
				return kind
			}
		}
	}
	return ""
}

// isKind tells whether the content is of a media type, or of a more special one.
func isKind(found *mimetype.MIME, kind string) bool {
	switch kind {
	case "application/zip": // nearly everything is a special form of it
		return found.Is(kind)
	case "text/plain":
		return isText(found)
	}
	for ; found != nil; found = found.Parent() {
		if found.Is(kind) {
			return true
		}
	}
	return false
}

// isText tells whether the content is text, such as JSON. XML and HTML are not: a browser
// may treat them as more than text.
func isText(found *mimetype.MIME) bool {
	for ; found != nil; found = found.Parent() {
		switch {
		case found.Is("text/xml") || found.Is("text/html"):
			return false
		case found.Is("text/plain"):
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
