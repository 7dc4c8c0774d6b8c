package main

import (
	"errors"
	"io"
	"io/fs"

	"parley/server/notices"
	"parley/web"
)

// printLicences is `parleyd licenses`: the licences of the server's modules, and of what is
// in the files for browsers.
func printLicences(args []string, stdout io.Writer) error {
	if len(args) > 0 {
		return errors.New("licenses takes nothing more")
	}
	own, err := notices.Text()
	if err != nil {
		return err
	}
	forBrowsers, err := fs.ReadFile(web.Dist, "dist/NOTICES.txt")
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("the web files are not built: run `make build` first, then build this program again")
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(stdout, "Parley is under the MIT licence. This program contains work of others, under the licences below. The source of each\n"+
		"module is at the address that its name is, in the version beside it.\n\n"+own+"The files for browsers:\n\n"+string(forBrowsers))
	return err
}
