// Package notices has the licences of the Go modules that parleyd is made of. `make build`
// writes them into built, from the sources that it is built of: see package generate.
package notices

import (
	"embed"
	"errors"
	"io/fs"
)

//go:embed all:built
var built embed.FS

// Text gives the name, the version and the whole licences of Go and of each module that is
// in parleyd on any platform. An error says what to run.
func Text() (string, error) {
	text, err := built.ReadFile("built/NOTICES.txt")
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("the notices of third parties are not built: run `make build` first, then build this program again")
	}
	return string(text), err
}
