// Package web holds what pages load, built by `make build` into dist, so that
// the server carries it in one binary.
package web

import (
	"embed"
	"encoding/json"
	"errors"
)

// Dist is web/dist. A fresh clone has only its placeholder; the server then
// says what to run.
//
//go:embed all:dist
var Dist embed.FS

//go:embed package.json
var manifest []byte

// Version is the version in package.json, which stands in the script's
// addresses too.
func Version() (string, error) {
	var m struct{ Version string }
	err := json.Unmarshal(manifest, &m)
	if err == nil && m.Version == "" {
		err = errors.New("package.json has no version")
	}
	return m.Version, err
}
