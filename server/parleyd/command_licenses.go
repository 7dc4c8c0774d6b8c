package main

import (
	"errors"
	"io"

	"parley/server/notices"
)

// printLicences is `parleyd licenses`: the licences of all that this program is made of.
func printLicences(args []string, stdout io.Writer) error {
	if len(args) > 0 {
		return errors.New("licenses takes nothing more")
	}
	text, err := notices.Text()
	if err != nil {
		return err
	}
	_, err = io.WriteString(stdout, text)
	return err
}
