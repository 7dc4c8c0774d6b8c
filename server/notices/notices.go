// Package notices has the licences of what parleyd is made of. `make build` writes those of
// its Go modules into built, from the sources that it is built of (package generate), and
// those of the files for browsers into web/dist.
package notices

import (
	"embed"
	"errors"
	"io/fs"

	"parley/web"
)

//go:embed all:built
var built embed.FS

const head = `Parley is under the MIT licence. This program contains work of others, under the licences below. The source of each
module is at the address that its name is, in the version beside it.

`

// Text gives name, version and whole licences of Go, of each module that is in parleyd on any
// platform, and of what is in the files for browsers. An error says what to run.
func Text() (string, error) {
	own, err := fs.ReadFile(built, "built/NOTICES.txt")
	if err == nil {
		var forBrowsers []byte
		forBrowsers, err = fs.ReadFile(web.Dist, "dist/NOTICES.txt")
		own = append(append(own, "The files for browsers:\n\n"...), forBrowsers...)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("the notices of third parties are not built: run `make build` first, then build this program again")
	}
	return head + string(own), err
}
