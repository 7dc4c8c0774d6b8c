package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// noise are bytes that no compression makes shorter, always the same for a seed.
func noise(seed byte) []byte {
	content := make([]byte, 100_000)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(content)
	return content
}

// twoBuilds serves a build whose core and engine are those of the build before with some
// bytes put in.
func twoBuilds(t *testing.T) (assets *Assets, before, after map[string][]byte) {
	t.Helper()
	kept := &keptBuilds{archives: map[string][]byte{}}
	built := func(hash string, files map[string][]byte) *Assets {
		dist := distOf(hash)
		for name, content := range files {
			name = strings.Replace(name, "0123456789abcdef", strings.Repeat(hash, 16), 1)
			dist[name] = &fstest.MapFile{Data: content}
			dist[name+".br"] = &fstest.MapFile{Data: content[:len(content)/2]}
		}
		a, err := Serve(dist, "1.2.3", false, exampleBase)
		require.NoError(t, err)
		require.NoError(t, a.Remember(t.Context(), kept, slog.New(slog.NewTextHandler(io.Discard, nil))))
		return a
	}
	core, engine := noise(1), noise(2)
	before = map[string][]byte{wasmName: core, engineName: engine}
	after = map[string][]byte{
		wasmName:   bytes.Join([][]byte{core[:50_000], noise(3)[:100], core[50_000:]}, nil),
		engineName: append([]byte("// newer\n"), engine...),
	}
	built("a", before)
	return built("b", after), before, after
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return ":" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

const modern = "gzip, deflate, br, zstd, dcb, dcz"

// A browser that has a file of the build before gets the difference, from which it makes
// the very file.
func TestDifferences(t *testing.T) { synctest.Test(t, differences) } // no machine is too slow for its time-out

func differences(t *testing.T) {
	a, before, after := twoBuilds(t)
	for name, pattern := range map[string]string{wasmName: "/*parley.*.wasm", engineName: "/*engine.*.js"} {
		path := "/sdk/1/" + strings.Replace(name, "0123456789abcdef", strings.Repeat("b", 16), 1)
		whole := get(t, a, "GET", path, "Accept-Encoding", modern)
		assert.Equal(t, `match="`+pattern+`"`, whole.Header.Get("Use-As-Dictionary"))
		assert.Equal(t, "br", whole.Header.Get("Content-Encoding"))

		r := get(t, a, "GET", path, "Accept-Encoding", modern, "Available-Dictionary", hashOf(before[name]))
		assert.Equal(t, "dcz", r.Header.Get("Content-Encoding"))
		assert.Equal(t, whole.Header.Get("Use-As-Dictionary"), r.Header.Get("Use-As-Dictionary"), "for the build after")
		assert.Equal(t, whole.Header.Get("Content-Type"), r.Header.Get("Content-Type"))
		assert.Equal(t, "Accept-Encoding, Available-Dictionary", r.Header.Get("Vary"))
		assert.Equal(t, "private, max-age=31536000, immutable", r.Header.Get("Cache-Control"), "no shared cache gives it to others")
		assert.NotEqual(t, whole.Header.Get("ETag"), r.Header.Get("ETag"))

		sent := []byte(body(t, r))
		assert.Less(t, len(sent), 1000)
		sum := sha256.Sum256(before[name])
		assert.Equal(t, append([]byte{0x5e, 0x2a, 0x4d, 0x18, 0x20, 0, 0, 0}, sum[:]...), sent[:40])
		decoder, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(0, before[name]), zstd.WithDecoderMaxWindow(deltaWindow))
		require.NoError(t, err)
		made, err := decoder.DecodeAll(sent, nil)
		require.NoError(t, err)
		assert.Equal(t, after[name], made)

		again := get(t, a, "GET", path, "Accept-Encoding", modern, "Available-Dictionary", hashOf(before[name]), "If-None-Match", r.Header.Get("ETag"))
		assert.Equal(t, http.StatusNotModified, again.StatusCode)
	}
}

func TestWholeWithoutDictionary(t *testing.T) {
	a, before, after := twoBuilds(t)
	has := hashOf(before[wasmName])
	path := "/sdk/1/parley." + strings.Repeat("b", 16) + ".wasm"
	for name, headers := range map[string][]string{
		"a browser without":          {"Accept-Encoding", "gzip, deflate, br, zstd"},
		"one that takes none":        {"Accept-Encoding", "br, dcz;q=0", "Available-Dictionary", has},
		"a proxy that took it away":  {"Accept-Encoding", "br", "Available-Dictionary", has},
		"none at hand":               {"Accept-Encoding", modern},
		"one that nobody has":        {"Accept-Encoding", modern, "Available-Dictionary", hashOf([]byte("lost"))},
		"that of another file":       {"Accept-Encoding", modern, "Available-Dictionary", hashOf(before[engineName])},
		"no byte sequence":           {"Accept-Encoding", modern, "Available-Dictionary", strings.Trim(has, ":")},
		"a hash that does not end":   {"Accept-Encoding", modern, "Available-Dictionary", strings.TrimSuffix(has, ":")},
		"a hash of another kind":     {"Accept-Encoding", modern, "Available-Dictionary", ":AAAA:"},
		"a hash that is no base64":   {"Accept-Encoding", modern, "Available-Dictionary", ":????:"},
		"only colons":                {"Accept-Encoding", modern, "Available-Dictionary", ":"},
		"two hashes, which none has": {"Accept-Encoding", modern, "Available-Dictionary", has + ", " + has},
	} {
		t.Run(name, func(t *testing.T) {
			r := get(t, a, "GET", path, headers...)
			assert.Equal(t, "br", r.Header.Get("Content-Encoding"))
			assert.Equal(t, "public, max-age=31536000, immutable", r.Header.Get("Cache-Control"))
			assert.Len(t, body(t, r), len(after[wasmName])/2)
		})
	}
	for _, other := range []string{"/sdk/1/icf.sdk.js", "/sdk/1/" + moduleName, "/console/console." + strings.Repeat("b", 16) + ".js"} {
		r := get(t, a, "GET", other, "Accept-Encoding", modern, "Available-Dictionary", hashOf([]byte("a "+script)))
		assert.Empty(t, r.Header.Get("Use-As-Dictionary"), other)
		assert.Equal(t, "Accept-Encoding", r.Header.Get("Vary"), other)
		assert.Equal(t, "br", r.Header.Get("Content-Encoding"), other)
	}
}

func TestDifferencesNotWorthIt(t *testing.T) {
	sent, err := difference(noise(1), noise(2))
	require.NoError(t, err)
	assert.Greater(t, len(sent), len(noise(2)))
	for _, long := range []int{deltaWindow + 1, deltaWindow} {
		_, err = difference(make([]byte, long), noise(1))
		assert.Equal(t, long > deltaWindow, err != nil, "what is within every browser's window")
		_, err = difference(noise(1), make([]byte, long))
		assert.Equal(t, long > deltaWindow, err != nil)
	}

	// A file that has nothing in common with its dictionary goes out whole, and is not tried again.
	asked := 0
	d := newDeltas(func(string, hash) *asset { asked++; return assetOfBytes(noise(1)) })
	d.difference = func(_, file []byte) ([]byte, error) { return file, nil }
	for range 3 {
		assert.Nil(t, d.of(assetOfBytes(noise(2)), requestWith(noise(1))))
	}
	assert.Equal(t, 1, asked)
}

// However many ask, one difference is made; and no more of them are held than there is room for.
func TestDifferencesAreMadeOnce(t *testing.T) {
	var asked sync.Map
	d := newDeltas(func(_ string, content hash) *asset {
		_, twice := asked.LoadOrStore(content, true)
		assert.False(t, twice)
		return assetOfBytes(noise(1))
	})
	d.difference = shortest
	target := assetOfBytes(noise(1))
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { assert.NotNil(t, d.of(target, requestWith(noise(1)))) })
	}
	all.Wait()
	for n := range deltasKept + 5 {
		assert.NotNil(t, d.of(target, requestWith([]byte{byte(n)})))
	}
	assert.Equal(t, deltasKept, d.kept.Len())
}

// Nobody waits long, nor do many: they get the whole file.
func TestDifferencesThatAreLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		found := make(chan *asset)
		d := newDeltas(func(string, hash) *asset { return <-found })
		d.difference = shortest
		target := assetOfBytes(noise(1))
		begin := time.Now()
		var all sync.WaitGroup
		for n := range deltasWaiting {
			all.Go(func() { assert.Nil(t, d.of(target, requestWith([]byte{byte(n)}))) })
		}
		synctest.Wait()
		assert.Nil(t, d.of(target, requestWith([]byte("one more"))))
		assert.Zero(t, time.Since(begin))
		all.Wait()
		assert.Equal(t, deltaWithin, time.Since(begin))

		for range deltasWaiting {
			found <- assetOfBytes(noise(1))
		}
		synctest.Wait()
		assert.NotNil(t, d.of(target, requestWith([]byte{0})), "the next one has it")
	})
}

func shortest(_, _ []byte) ([]byte, error) { return []byte("short"), nil }

func assetOfBytes(content []byte) *asset {
	return &asset{successors: "/*parley.*.wasm", variants: map[string]*variant{"": newVariant(content)}}
}

func requestWith(dictionary []byte) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", modern)
	r.Header.Set("Available-Dictionary", hashOf(dictionary))
	return r
}

// What a difference between two cores of the size of ours costs the server, once.
func BenchmarkDifference(b *testing.B) {
	var core []byte
	for seed := range byte(33) {
		core = append(core, noise(seed)...)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := difference(core, core)
		require.NoError(b, err)
	}
}
