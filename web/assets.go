package web

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	script  = "icf.sdk.js"
	element = "parley-chat.js" // the element's script
	notices = "NOTICES.txt"    // licences of what is in the files, for who gets them
)

// Serve serves what pages load: the script, its engine and the wasm beside it, the element's
// script and its texts, and the package's modules below esm/, and NOTICES.txt, at the root and in the
// version's folders (/sdk/1/, /sdk/1.0/, /sdk/1.0.0/), with their hashes at /sdk/, the agent
// console at /console/, the survey at /survey/, the documentation at /docs/ and, when demo is
// true, the demo page at /demo/. The root itself leads to the demo page, else to the console.
//
// Redirects are relative, as a proxy may serve all of it below a path.
//
// Only the full version's folder may be kept by browsers for good: what it holds
// can never change, or the hashes of pages would refuse it.
//
// dist is the folder that `make build` fills; version is "major.minor.patch"; base
// gives the server's address as a client has it. An error says what is missing and
// what to run.
func Serve(dist fs.FS, version string, demo bool, base func(*http.Request) string) (*Assets, error) {
	if err := checkBuilt(dist, demo); err != nil {
		return nil, err
	}
	built, err := loadBuild(dist, version, demo)
	if err != nil {
		return nil, err
	}
	a := &Assets{dist: dist, version: version, build: built, moved: map[string]string{
		"/": "console/", "/console": "console/", "/survey": "survey/", "/docs": "docs/", "/sdk": "sdk/",
	}, hashes: integrity{Version: version, base: base}, others: otherBuilds{demo: demo}}
	a.deltas = newDeltas(a.dictionary)
	if demo {
		a.moved["/"], a.moved["/demo"] = "demo/", "demo/"
	}
	for _, urlPath := range slices.Sorted(maps.Keys(built.files)) {
		if strings.HasPrefix(urlPath, built.folders[2]) {
			a.hashes.add(urlPath, built.files[urlPath].variants[""].body)
		}
	}
	return a, nil
}

// build is the files of a build, as they are served.
type build struct {
	files   map[string]*asset // by URL path
	folders []string          // of its version, from the widest to the full one
}

// loadBuild reads the files of a build.
func loadBuild(dist fs.FS, version string, demo bool) (build, error) {
	folders, err := versionFolders(version)
	if err != nil {
		return build{}, err
	}
	b := build{map[string]*asset{}, folders}
	return b, fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isVariant(name) || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		folder, _, below := strings.Cut(name, "/")
		kind := assetOf(folder, below, demo)
		if kind == notServed {
			return nil
		}
		file, err := loadAsset(dist, name, kind)
		if err != nil {
			return err
		}
		b.files["/"+name] = file
		if path.Base(name) == "index.html" {
			b.files["/"+path.Dir(name)+"/"] = file
		}
		if kind == forSites {
			for _, f := range folders[:2] {
				b.files[f+name] = file
			}
			b.files[folders[2]+name] = file.kept()
		}
		return nil
	})
}

// assetOf tells what a file of the build is, by the folder that it is in.
func assetOf(folder string, below, demo bool) assetKind {
	switch {
	case !below, folder == "esm":
		return forSites
	case folder == "console", folder == "docs", folder == "demo" && demo:
		return forOurPages
	case folder == "survey":
		return forFrames
	}
	return notServed
}

// versionFolders gives the folders of a version, from the widest to the full one.
func versionFolders(version string) ([]string, error) {
	parts := strings.Split(version, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("version %q: must be major.minor.patch", version)
	}
	var folders []string
	for n := range parts {
		folders = append(folders, "/sdk/"+strings.Join(parts[:n+1], ".")+"/")
	}
	return folders, nil
}

func checkBuilt(dist fs.FS, demo bool) error {
	needed := []string{
		script, element, notices, "engine.*.js", "worker.*.js", "parley.*.wasm", "esm/index.js",
		"console/index.html", "survey/index.html", "docs/index.html",
	}
	if demo {
		needed = append(needed, "demo/index.html")
	}
	for _, pattern := range needed {
		found, err := fs.Glob(dist, pattern)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("the web files are not built (%s is missing): run `make build` first, then start again", pattern)
		}
	}
	return nil
}

// fullVersion is the address of what one version is entered by, which pages may name by its hash.
var fullVersion = regexp.MustCompile(`^/sdk/\d+\.\d+\.\d+/(icf\.sdk|parley-chat|esm/[a-z-]+)\.js$`)

// Assets serves what pages load: see Serve.
type Assets struct {
	build
	dist    fs.FS
	version string
	moved   map[string]string // URL paths that lead elsewhere, and where to, as seen from there

	hashes integrity
	others otherBuilds
	deltas *deltas
}

func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	file, found := a.files[r.URL.Path]
	if !found {
		file = a.others.find(r.URL.Path)
		found = file != nil
	}
	to, moved := a.moved[r.URL.Path]
	made := map[string]http.HandlerFunc{"/sdk/": a.hashes.servePage, "/sdk/integrity.json": a.hashes.serveJSON}[r.URL.Path]
	sites := strings.HasPrefix(r.URL.Path, "/sdk/") || found && file.kind == forSites
	if sites {
		w.Header().Set("Access-Control-Allow-Origin", "*") // also on errors, so that pages can tell them
		w.Header().Set("Timing-Allow-Origin", "*")         // so that a site's own measurements see sizes and times
	}
	switch {
	case sites && r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "":
		preflight(w, r)
	case !found && !moved && made == nil:
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are allowed here", http.StatusMethodNotAllowed)
	case moved:
		w.Header().Set("Location", to) // http.Redirect would make it absolute
		w.WriteHeader(http.StatusFound)
	case made != nil:
		made(w, r)
	default:
		file.serve(w, r, a.deltas.of(file, r))
	}
}

// dictionary gives a file of this build or another one: see deltas.
func (a *Assets) dictionary(successors string, content hash) *asset {
	in := func(files map[string]*asset) *asset {
		for _, file := range files {
			if file.successors == successors && file.variants[""].sum == content {
				return file
			}
		}
		return nil
	}
	if file := in(a.files); file != nil {
		return file
	}
	return a.others.search(in)
}

// preflight lets pages of other sites ask with whatever headers their scripts add, such as
// those of tracing tools: the files are the same for everybody, and cookies are not used.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", strings.Join(r.Header.Values("Access-Control-Request-Headers"), ","))
	h.Set("Access-Control-Max-Age", "7200") // Chromium keeps it no longer
	w.WriteHeader(http.StatusNoContent)
}
