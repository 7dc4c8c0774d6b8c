package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"mime"
	"path"
	"regexp"
	"strings"
)

// asset is one file in all its encodings, with the headers that they share.
type asset struct {
	kind       assetKind
	variants   map[string]*variant // by content encoding; "" is plain
	headers    map[string]string
	successors string // the URL pattern of those that it is a dictionary for, if any
}

type variant struct {
	body []byte
	sum  hash
	etag string // strong, so each encoding has its own
}

func newVariant(body []byte) *variant {
	sum := sha256.Sum256(body)
	return &variant{body, sum, `"` + hex.EncodeToString(sum[:16]) + `"`}
}

// Encodings that a build makes, best first, and the ends of their files.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

func isVariant(name string) bool {
	return strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz")
}

// assetKind is who loads a file.
type assetKind int

const (
	notServed   assetKind = iota
	forSites              // pages of other sites: the script, the package's modules and the wasm
	forOurPages           // the console, the documentation and the demo, and their parts
	forFrames             // frames in pages of other sites: the survey, and its parts
)

// hashedName is a name that changes with the content, so that it may be kept for
// ever.
var hashedName = regexp.MustCompile(`\.([0-9a-f]{16}|[0-9A-Z]{8})\.(wasm|js|json|css|svg|png|woff2)$`)

// contentTypes are given here, as the system's table may say something else, and
// a browser compiles wasm while it loads only with the right one.
var contentTypes = map[string]string{
	".wasm": "application/wasm",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".json": "application/json; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// How long browsers may take a file from their cache without asking.
const (
	// forEver is for what can never change.
	forEver = "public, max-age=31536000, immutable"
	// forEverHere is for the difference to what one browser has: a shared cache that does not
	// look at Vary would give it to others.
	forEverHere = "private, max-age=31536000, immutable"
	// aDayMeanwhile is for scripts of sites: the browser takes the one that it has and asks for
	// a newer one beside (RFC 5861), so that a visit does not wait for the answer. Its engine
	// and core are there after an upgrade too, see Builds. Within a minute it does not ask:
	// a visitor who leaves a page before the answer makes Chromium forget the script.
	aDayMeanwhile = "public, max-age=60, stale-while-revalidate=86400"
	// no is for pages.
	no = "no-cache"
)

// pageHeaders go with every HTML page but the survey. There is no inline script or style, so
// that a message can never become one.
var pageHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; " +
		"img-src 'self' data: blob:; media-src 'self' blob:; frame-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'; trusted-types parley parley-chat lit-html dompurify",
	"Referrer-Policy":    "same-origin",
	"Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
	"X-Frame-Options":    "DENY",
}

// frameHeaders go with the survey. Every site may frame it: which app it is for
// stands in the fragment of its address, which is not sent here, and a frame
// without a link's token has nothing to click on.
var frameHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors *; require-trusted-types-for 'script'; trusted-types lit-html",
	"Referrer-Policy":    "no-referrer",
	"Permissions-Policy": pageHeaders["Permissions-Policy"],
	// A page that is isolated from other origins shows only frames that are so too, and agree to it.
	"Cross-Origin-Embedder-Policy": "require-corp",
	"Cross-Origin-Resource-Policy": "cross-origin",
}

// loadAsset reads a file and its compressed forms.
func loadAsset(dist fs.FS, name string, kind assetKind) (*asset, error) {
	a := &asset{kind: kind, variants: map[string]*variant{}, headers: map[string]string{
		"Vary":          "Accept-Encoding",
		"Cache-Control": no,
	}}
	extension := path.Ext(name)
	if a.headers["Content-Type"] = contentTypes[extension]; a.headers["Content-Type"] == "" {
		a.headers["Content-Type"] = mime.TypeByExtension(extension)
	}
	if a.headers["Content-Type"] == "" {
		a.headers["Content-Type"] = "application/octet-stream"
	}
	if hashedName.MatchString(name) {
		a.headers["Cache-Control"] = forEver
	} else if kind == forSites {
		a.headers["Cache-Control"] = aDayMeanwhile
	}
	if extension == ".html" && kind == forFrames {
		maps.Copy(a.headers, frameHeaders)
	} else if extension == ".html" {
		maps.Copy(a.headers, pageHeaders)
	}
	if kind == forSites {
		a.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
		a.successors = successors(name)
		if strings.HasPrefix(name, "worker.") {
			// A page that is isolated from other origins makes only Workers that are so too.
			a.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
		}
	}
	if a.successors != "" {
		a.headers["Use-As-Dictionary"] = useAsDictionary(a.successors)
		a.headers["Vary"] = "Accept-Encoding, Available-Dictionary"
	}
	if err := a.load(dist, name, "", ""); err != nil {
		return nil, err
	}
	for _, e := range encodings {
		if err := a.load(dist, name, e.name, e.suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return a, nil
}

func (a *asset) load(dist fs.FS, name, encoding, suffix string) error {
	body, err := fs.ReadFile(dist, name+suffix)
	if err != nil {
		return err
	}
	a.variants[encoding] = newVariant(body)
	return nil
}

// kept is the same file where it can never change.
func (a *asset) kept() *asset {
	k := *a
	k.headers = maps.Clone(a.headers)
	k.headers["Cache-Control"] = forEver
	return &k
}
