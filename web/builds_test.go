package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keptBuilds keeps builds in memory.
type keptBuilds struct {
	archives map[string][]byte
	ids      []string // the newest first
	asked    int      // how often somebody looked
	failing  error
}

func (k *keptBuilds) Keep(_ context.Context, id string, archive func() ([]byte, error)) (err error) {
	if !slices.Contains(k.ids, id) {
		k.ids = slices.Insert(k.ids, 0, id)
		k.archives[id], err = archive()
	}
	return err
}

func (k *keptBuilds) IDs(context.Context) ([]string, error) {
	k.asked++
	return k.ids, k.failing
}

func (k *keptBuilds) Read(_ context.Context, id string) ([]byte, error) { return k.archives[id], nil }

// distOf is a build whose script and hashes have these characters in them.
func distOf(hash string) fstest.MapFS {
	dist := fstest.MapFS{}
	for name, file := range builtDist() {
		name = strings.Replace(name, "0123456789abcdef", strings.Repeat(hash, 16), 1)
		name = strings.Replace(name, "ABCD2345", chunkHash(hash), 1)
		dist[name] = &fstest.MapFile{Data: append([]byte(hash+" "), file.Data...)}
	}
	return dist
}

// node serves a build, keeps it, and gives the log of what went wrong.
func node(t *testing.T, hash, version string, kept Builds) (*Assets, *bytes.Buffer) {
	t.Helper()
	a, err := Serve(distOf(hash), version, false, exampleBase)
	require.NoError(t, err)
	log := &bytes.Buffer{}
	require.NoError(t, a.Remember(t.Context(), kept, slog.New(slog.NewTextHandler(log, nil))))
	return a, log
}

func chunkHash(hash string) string { return strings.Repeat(strings.ToUpper(hash), 8) }

func engineOf(hash string) string { return "engine." + strings.Repeat(hash, 16) + ".js" }

// After an upgrade the new server has what pages of the builds before still load.
func TestOtherBuilds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &keptBuilds{archives: map[string][]byte{}}
		old, _ := node(t, "a", "1.2.3", kept)
		_, _ = node(t, "b", "1.2.3", kept)
		current, log := node(t, "c", "1.3.0", kept)
		for path, content := range map[string]string{
			"/sdk/1/" + engineOf("c"):                             "c " + engineName,
			"/sdk/1/" + engineOf("a"):                             "a " + engineName,
			"/sdk/1.2/" + engineOf("a"):                           "a " + engineName,
			"/sdk/1.2.3/" + engineOf("b"):                         "b " + engineName,
			"/" + engineOf("b"):                                   "b " + engineName,
			"/sdk/1.2.3/icf.sdk.js":                               "b " + script,
			"/sdk/1.2.3/parley-chat.js":                           "b " + element,
			"/sdk/1/texts.es.aaaaaaaaaaaaaaaa.json":               "a " + textsName,
			"/sdk/1.2.3/" + moduleName:                            "b " + moduleName,
			"/sdk/1/esm/chunk." + chunkHash("a") + ".js":          "a " + chunkName,
			"/sdk/1.3.0/icf.sdk.js":                               "c " + script,
			"/sdk/1/icf.sdk.js":                                   "c " + script,
			"/console/console." + strings.Repeat("a", 16) + ".js": "a " + consoleName,
		} {
			r := get(t, current, "GET", path)
			require.Equal(t, http.StatusOK, r.StatusCode, path)
			assert.Equal(t, content, body(t, r), path)
			assert.Equal(t, path == "/sdk/1/icf.sdk.js", strings.Contains(r.Header.Get("Cache-Control"), "max-age=60,"), path)
		}
		r := get(t, current, "GET", "/sdk/1/"+engineOf("a"), "Accept-Encoding", "br")
		assert.Equal(t, "br", r.Header.Get("Content-Encoding"))
		assert.Equal(t, "a "+engineName+".br", body(t, r))
		for _, path := range []string{
			"/sdk/1/" + engineOf("d"), "/sdk/1.4.0/icf.sdk.js", "/sdk/1.2/icf.sdk.js", "/sdk/1.2/" + moduleName, "/demo/demo." + strings.Repeat("a", 16) + ".js", "/console/" + engineOf("a"),
		} {
			assert.Equal(t, http.StatusNotFound, get(t, current, "GET", path).StatusCode, path)
		}
		assert.Equal(t, 1, kept.asked, "nobody makes it look all the time")
		assert.Empty(t, log.String())

		assert.Equal(t, http.StatusOK, get(t, old, "GET", "/sdk/1/"+engineOf("c")).StatusCode, "a node that is not upgraded yet has the newer files")
	})
}

func TestOtherBuildsThatCannotBeServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &keptBuilds{archives: map[string][]byte{}}
		_, _ = node(t, "a", "1.2.3", kept)
		_, _ = node(t, "b", "1.2.3", kept)
		current, log := node(t, "c", "1.2.3", kept)
		missing := func(hash string) bool {
			current.others.looked = current.others.looked.Add(-lookAgainAfter)
			return get(t, current, "GET", "/sdk/1/"+engineOf(hash)).StatusCode == http.StatusNotFound
		}
		b, a := kept.ids[1], kept.ids[2]
		kept.failing = errors.New("the store is away")
		assert.True(t, missing("a"))
		assert.Contains(t, log.String(), "the store is away")
		kept.failing = nil
		kept.archives[a], kept.archives[b] = []byte("no archive"), kept.archives[a]
		assert.True(t, missing("a"), "neither what is broken, nor what is another's")
		assert.Contains(t, log.String(), "not a valid zip file")
		assert.Contains(t, log.String(), "another build")
		kept.archives[a] = kept.archives[b]
		assert.False(t, missing("a"))
		kept.ids = kept.ids[:1]
		assert.True(t, missing("b"))
		assert.True(t, missing("a"), "what is removed from the store is forgotten")
	})
}
