package server

import (
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

const script = "icf.sdk.js"

// Assets serves what pages load: the script and the wasm beside it, at the root
// and in the version's folders (/sdk/1/, /sdk/1.0/, /sdk/1.0.0/), the agent
// console at /console/ and, when demo is true, the demo page at /demo/. The root
// itself leads to the demo page, else to the console.
//
// dist is the folder that `make build` fills; version is "major.minor.patch". An
// error says what is missing and what to run.
func Assets(dist fs.FS, version string, demo bool) (http.Handler, error) {
	folders, err := versionFolders(version)
	if err != nil {
		return nil, err
	}
	if err := checkBuilt(dist, demo); err != nil {
		return nil, err
	}
	a := &assets{files: map[string]*asset{}, moved: map[string]string{"/": "/console/", "/console": "/console/"}}
	if demo {
		a.moved["/"], a.moved["/demo"] = "/demo/", "/demo/"
	}
	err = fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isVariant(name) || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		folder, _, below := strings.Cut(name, "/")
		if below && folder != "console" && (folder != "demo" || !demo) {
			return nil
		}
		file, err := loadAsset(dist, name, !below)
		if err != nil {
			return err
		}
		a.files["/"+name] = file
		if path.Base(name) == "index.html" {
			a.files["/"+path.Dir(name)+"/"] = file
		}
		if !below {
			for _, f := range folders {
				a.files[f+name] = file
			}
		}
		return nil
	})
	return a, err
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
	needed := []string{script, "parley.*.wasm", "console/index.html"}
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

type assets struct {
	files map[string]*asset // by URL path
	moved map[string]string // URL paths that lead elsewhere
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	file, found := a.files[r.URL.Path]
	to, moved := a.moved[r.URL.Path]
	switch {
	case !found && !moved:
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are allowed here", http.StatusMethodNotAllowed)
	case moved:
		http.Redirect(w, r, to, http.StatusFound)
	default:
		file.serve(w, r)
	}
}
