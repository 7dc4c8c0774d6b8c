package web

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	wasmName    = "parley.0123456789abcdef.wasm"
	engineName  = "engine.0123456789abcdef.js"
	workerName  = "worker.0123456789abcdef.js"
	consoleName = "console/console.0123456789abcdef.js"
	moduleName  = "esm/index.js"
	textsName   = "texts.es.0123456789abcdef.json"
	chunkName   = "esm/chunk.ABCD2345.js"
)

// builtDist is what a build leaves, each file holding its own name.
func builtDist() fstest.MapFS {
	dist := fstest.MapFS{".gitkeep": {}}
	for _, name := range []string{
		script, element, notices, textsName, engineName, workerName, wasmName, moduleName, chunkName,
		"console/index.html", consoleName, "console/console.0123456789abcdef.css",
		"survey/index.html", "survey/survey.0123456789abcdef.js", "docs/index.html", "docs/errors/index.html", "demo/index.html", "demo/demo.0123456789abcdef.js",
	} {
		for _, suffix := range []string{"", ".br", ".gz"} {
			dist[name+suffix] = &fstest.MapFile{Data: []byte(name + suffix)}
		}
	}
	delete(dist, "console/index.html.gz")
	return dist
}

func get(t *testing.T, h http.Handler, method, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for n := 0; n < len(headers); n += 2 {
		r.Header.Add(headers[n], headers[n+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(data)
}

func TestAssetsAddresses(t *testing.T) {
	withDemo, err := Serve(builtDist(), "1.2.3", true, exampleBase)
	require.NoError(t, err)
	withoutDemo, err := Serve(builtDist(), "1.2.3", false, exampleBase)
	require.NoError(t, err)
	const js, wasm, page, css = "text/javascript; charset=utf-8", "application/wasm", "text/html; charset=utf-8", "text/css; charset=utf-8"
	for _, tc := range []struct {
		path, file, kind string
		demo             bool
	}{
		{"/icf.sdk.js", script, js, false},
		{"/sdk/1/icf.sdk.js", script, js, false},
		{"/sdk/1.2/icf.sdk.js", script, js, false},
		{"/sdk/1.2.3/icf.sdk.js", script, js, false},
		{"/sdk/1/parley-chat.js", element, js, false},
		{"/NOTICES.txt", notices, "text/plain; charset=utf-8", false},
		{"/sdk/1/NOTICES.txt", notices, "text/plain; charset=utf-8", false},
		{"/sdk/1.2/" + textsName, textsName, "application/json; charset=utf-8", false},
		{"/" + wasmName, wasmName, wasm, false},
		{"/sdk/1/" + wasmName, wasmName, wasm, false},
		{"/sdk/1.2/" + wasmName, wasmName, wasm, false},
		{"/sdk/1.2.3/" + wasmName, wasmName, wasm, false},
		{"/sdk/1/" + moduleName, moduleName, js, false},
		{"/sdk/1.2.3/" + chunkName, chunkName, js, false},
		{"/console/", "console/index.html", page, false},
		{"/console/index.html", "console/index.html", page, false},
		{"/" + consoleName, consoleName, js, false},
		{"/console/console.0123456789abcdef.css", "console/console.0123456789abcdef.css", css, false},
		{"/survey/", "survey/index.html", page, false},
		{"/docs/", "docs/index.html", page, false},
		{"/docs/errors/", "docs/errors/index.html", page, false},
		{"/survey/survey.0123456789abcdef.js", "survey/survey.0123456789abcdef.js", js, false},
		{"/demo/", "demo/index.html", page, true},
		{"/demo/demo.0123456789abcdef.js", "demo/demo.0123456789abcdef.js", js, true},
	} {
		t.Run(tc.path, func(t *testing.T) {
			r := get(t, withDemo, "GET", tc.path)
			assert.Equal(t, http.StatusOK, r.StatusCode)
			assert.Equal(t, tc.kind, r.Header.Get("Content-Type"))
			assert.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
			assert.Equal(t, tc.file, body(t, r))
			if tc.demo {
				assert.Equal(t, http.StatusNotFound, get(t, withoutDemo, "GET", tc.path).StatusCode)
			} else {
				assert.Equal(t, http.StatusOK, get(t, withoutDemo, "GET", tc.path).StatusCode)
			}
		})
	}
	for _, path := range []string{
		"/sdk/2/icf.sdk.js", "/sdk/1/console/index.html", "/sdk/1", "/sdk/1/", "/icf.sdk.js.br", "/.gitkeep", "/nothing",
		"/console/nothing", "/console/../icf.sdk.js", "/sdk/1/demo/", "//icf.sdk.js",
	} {
		t.Run("not found: "+path, func(t *testing.T) {
			r := get(t, withDemo, "GET", path)
			assert.Equal(t, http.StatusNotFound, r.StatusCode)
			assert.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
		})
	}
	for _, tc := range []struct {
		h        http.Handler
		path, to string
	}{{withDemo, "/", "demo/"}, {withDemo, "/demo", "demo/"}, {withoutDemo, "/", "console/"}, {withoutDemo, "/console", "console/"},
		{withoutDemo, "/survey", "survey/"}, {withoutDemo, "/sdk", "sdk/"}} {
		t.Run(tc.path+" leads to "+tc.to, func(t *testing.T) {
			r := get(t, tc.h, "GET", tc.path)
			assert.Equal(t, http.StatusFound, r.StatusCode)
			assert.Equal(t, tc.to, r.Header.Get("Location"))
		})
	}
	assert.Equal(t, http.StatusNotFound, get(t, withoutDemo, "GET", "/demo").StatusCode)
}

func TestAssetsHeaders(t *testing.T) {
	h, err := Serve(builtDist(), "1.0.0", true, exampleBase)
	require.NoError(t, err)
	const kept, beside, asked = "public, max-age=31536000, immutable", "public, max-age=60, stale-while-revalidate=86400", "no-cache"
	for _, tc := range []struct {
		path, cache string
		sites, page bool
	}{
		{"/icf.sdk.js", beside, true, false},
		{"/sdk/1/icf.sdk.js", beside, true, false},
		{"/sdk/1.0/icf.sdk.js", beside, true, false},
		{"/sdk/1.0.0/icf.sdk.js", kept, true, false},
		{"/sdk/1/" + wasmName, kept, true, false},
		{"/sdk/1/" + workerName, kept, true, false},
		{"/" + consoleName, kept, false, false},
		{"/console/", asked, false, true},
		{"/demo/", asked, false, true},
	} {
		t.Run(tc.path, func(t *testing.T) {
			header := get(t, h, "GET", tc.path).Header
			assert.Equal(t, tc.cache, header.Get("Cache-Control"))
			assert.Contains(t, header.Get("Vary"), "Accept-Encoding")
			wantOrigin, wantResource := "", ""
			if tc.sites {
				wantOrigin, wantResource = "*", "cross-origin"
			}
			assert.Equal(t, wantOrigin, header.Get("Access-Control-Allow-Origin"))
			assert.Equal(t, wantOrigin, header.Get("Timing-Allow-Origin"))
			assert.Equal(t, wantResource, header.Get("Cross-Origin-Resource-Policy"))
			for name := range pageHeaders {
				assert.Equal(t, tc.page, header.Get(name) != "", name)
			}
			assert.Equal(t, strings.Contains(tc.path, workerName), header.Get("Cross-Origin-Embedder-Policy") == "require-corp")
			if tc.page {
				assert.Contains(t, header.Get("Content-Security-Policy"), "script-src 'self' 'wasm-unsafe-eval';")
				assert.NotContains(t, header.Get("Content-Security-Policy"), "unsafe-inline")
			}
		})
	}
}

func TestAssetsMethods(t *testing.T) {
	h, err := Serve(builtDist(), "1.0.0", false, exampleBase)
	require.NoError(t, err)
	head := get(t, h, "HEAD", "/icf.sdk.js", "Accept-Encoding", "br")
	assert.Equal(t, http.StatusOK, head.StatusCode)
	assert.EqualValues(t, len(script+".br"), head.ContentLength)
	assert.Empty(t, body(t, head))
	post := get(t, h, "POST", "/icf.sdk.js")
	assert.Equal(t, http.StatusMethodNotAllowed, post.StatusCode)
	assert.Equal(t, "GET, HEAD", post.Header.Get("Allow"))
}

// Pages of other sites may ask with whatever headers their scripts add, and can read why a
// file is not there.
func TestAssetsPreflight(t *testing.T) {
	h, err := Serve(builtDist(), "1.2.3", true, exampleBase)
	require.NoError(t, err)
	preflight := []string{
		"Origin", "https://shop.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "baggage,sentry-trace",
	}
	for _, path := range []string{"/icf.sdk.js", "/sdk/1/" + wasmName, "/sdk/1.2.3/" + engineName, "/sdk/1/" + moduleName, "/sdk/integrity.json", "/sdk/1/" + "engine.fedcba9876543210.js"} {
		r := get(t, h, "OPTIONS", path, preflight...)
		assert.Equal(t, http.StatusNoContent, r.StatusCode, path)
		assert.Equal(t, "*", r.Header.Get("Access-Control-Allow-Origin"), path)
		assert.Equal(t, "GET, HEAD", r.Header.Get("Access-Control-Allow-Methods"), path)
		assert.Equal(t, "baggage,sentry-trace", r.Header.Get("Access-Control-Allow-Headers"), path)
		assert.Equal(t, "7200", r.Header.Get("Access-Control-Max-Age"), path)
		assert.Equal(t, "*", get(t, h, "GET", path).Header.Get("Access-Control-Allow-Origin"), path)
	}
	for _, path := range []string{"/console/", "/" + consoleName, "/demo/", "/survey/", "/", "/nothing"} {
		r := get(t, h, "OPTIONS", path, preflight...)
		assert.GreaterOrEqual(t, r.StatusCode, 400, path)
		assert.Empty(t, r.Header.Get("Access-Control-Allow-Origin"), path)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, get(t, h, "OPTIONS", "/icf.sdk.js").StatusCode, "no preflight")
}

func TestAssetsNotModified(t *testing.T) {
	h, err := Serve(builtDist(), "1.0.0", false, exampleBase)
	require.NoError(t, err)
	tags := map[string]string{}
	for _, encoding := range []string{"identity", "gzip", "br"} {
		tag := get(t, h, "GET", "/icf.sdk.js", "Accept-Encoding", encoding).Header.Get("ETag")
		assert.Regexp(t, `^"[0-9a-f]{32}"$`, tag)
		tags[tag] = encoding
		for _, match := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			r := get(t, h, "GET", "/icf.sdk.js", "Accept-Encoding", encoding, "If-None-Match", match)
			assert.Equal(t, http.StatusNotModified, r.StatusCode, match)
			assert.Equal(t, tag, r.Header.Get("ETag"))
			assert.Contains(t, r.Header.Get("Cache-Control"), "max-age=60,")
			assert.Empty(t, body(t, r))
		}
		assert.Equal(t, http.StatusOK, get(t, h, "GET", "/icf.sdk.js", "If-None-Match", `"x"`).StatusCode)
	}
	assert.Len(t, tags, 3, "each encoding has its own")
}

func TestAssetsEncoding(t *testing.T) {
	h, err := Serve(builtDist(), "1.0.0", false, exampleBase)
	require.NoError(t, err)
	for _, tc := range []struct{ accept, script, console string }{
		{"", "", ""},
		{"gzip, deflate, br, zstd", "br", "br"},
		{"gzip", "gzip", ""},
		{"x-gzip", "gzip", ""},
		{"GZIP", "gzip", ""},
		{"br;q=0, gzip", "gzip", ""},
		{"br;q=0.0,gzip;q=0", "", ""},
		{"gzip;q=1.0, br;q=0.5", "gzip", "br"},
		{"gzip;q=0.5 , br ; Q=0.5", "br", "br"},
		{"*", "br", "br"},
		{"*;q=0", "", ""},
		{"br;q=0, *", "gzip", ""},
		{"identity, br;q=0.5", "", ""},
		{"identity;q=0.5, br;q=1", "br", "br"},
		{"br;q=2, gzip;q=nonsense", "", ""},
		{"br;q=NaN", "", ""},
		{"deflate, zstd", "", ""},
		{"brx, xgzip", "", ""},
		{",;,", "", ""},
	} {
		t.Run(tc.accept, func(t *testing.T) {
			for path, want := range map[string]string{"/icf.sdk.js": tc.script, "/console/": tc.console} {
				r := get(t, h, "GET", path, "Accept-Encoding", tc.accept)
				assert.Equal(t, want, r.Header.Get("Content-Encoding"), path)
				assert.Equal(t, r.ContentLength, int64(len(body(t, r))))
			}
		})
	}
}

func TestAssetsNotBuilt(t *testing.T) {
	for _, tc := range []struct{ missing, says string }{
		{script, script}, {notices, notices}, {engineName, "engine.*.js"},
		{workerName, "worker.*.js"}, {wasmName, "parley.*.wasm"}, {moduleName, moduleName}, {"survey/index.html", "survey/index.html"}, {"docs/index.html", "docs/index.html"}, {"console/index.html", "console/index.html"}, {"demo/index.html", "demo/index.html"},
	} {
		t.Run(tc.missing, func(t *testing.T) {
			dist := builtDist()
			delete(dist, tc.missing)
			_, err := Serve(dist, "1.0.0", true, exampleBase)
			require.ErrorContains(t, err, "make build")
			require.ErrorContains(t, err, tc.says)
		})
	}
	dist := builtDist()
	delete(dist, "demo/index.html")
	_, err := Serve(dist, "1.0.0", false, exampleBase)
	require.NoError(t, err, "without the demo, its page is not needed")
	_, err = Serve(dist, "1.0", false, exampleBase)
	require.ErrorContains(t, err, `version "1.0"`)
}

// A page of another site may frame the survey, and nothing else of ours.
func TestAssetsSurveyHeaders(t *testing.T) {
	h, err := Serve(builtDist(), "1.0.0", false, exampleBase)
	require.NoError(t, err)
	header := get(t, h, "GET", "/survey/").Header
	policy := header.Get("Content-Security-Policy")
	for _, rule := range []string{"default-src 'none';", "script-src 'self';", "style-src 'self';", "connect-src 'self';", "frame-ancestors *"} {
		assert.Contains(t, policy, rule)
	}
	assert.NotContains(t, policy, "unsafe")
	assert.Equal(t, "no-referrer", header.Get("Referrer-Policy"))
	assert.Empty(t, header.Get("X-Frame-Options"))
	assert.Equal(t, "no-cache", header.Get("Cache-Control"))
}

// Integrators find the hashes of the full version, and a tag to copy.
func TestIntegrity(t *testing.T) {
	h, err := Serve(builtDist(), "1.2.3", false, exampleBase)
	require.NoError(t, err)
	sum := sha512.Sum384([]byte(script))
	hash := "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
	tag := `<script src="https://example.com/sdk/1.2.3/icf.sdk.js" integrity="` + hash + `" crossorigin="anonymous"></script>`
	r := get(t, h, "GET", "/sdk/integrity.json")
	assert.Equal(t, "*", r.Header.Get("Access-Control-Allow-Origin"))
	var said struct {
		Version, Tag, Preload string
		Files                 []struct{ Path, Integrity string }
	}
	require.NoError(t, json.NewDecoder(r.Body).Decode(&said))
	assert.Equal(t, "1.2.3", said.Version)
	assert.Equal(t, tag, said.Tag)
	assert.Contains(t, said.Files, struct{ Path, Integrity string }{"/sdk/1.2.3/icf.sdk.js", hash})
	var paths []string
	for _, f := range said.Files {
		paths = append(paths, strings.TrimPrefix(f.Path, "/sdk/1.2.3/"))
	}
	assert.Equal(t, []string{notices, engineName, chunkName, moduleName, "icf.sdk.js", element, wasmName, textsName, workerName}, paths)
	sum = sha512.Sum384([]byte(engineName))
	preload := `<link rel="preload" as="script" href="https://example.com/sdk/1.2.3/` + engineName +
		`" integrity="sha384-` + base64.StdEncoding.EncodeToString(sum[:]) + `" crossorigin="anonymous">` + "\n" +
		`<link rel="preload" as="fetch" href="https://example.com/sdk/1.2.3/` + wasmName + `" crossorigin="anonymous">`
	assert.Equal(t, preload, said.Preload)

	r = get(t, h, "GET", "/sdk/")
	assert.Equal(t, "text/html; charset=utf-8", r.Header.Get("Content-Type"))
	assert.NotEmpty(t, r.Header.Get("Content-Security-Policy"))
	page := html.UnescapeString(body(t, r))
	assert.Contains(t, page, tag)
	assert.Contains(t, page, preload)
	assert.Equal(t, http.StatusMethodNotAllowed, get(t, h, "POST", "/sdk/").StatusCode)
}

func exampleBase(*http.Request) string { return "https://example.com" }
