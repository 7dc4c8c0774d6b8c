//go:build unix

package store

import (
	"errors"
	"os"
)

// SyncFolder forces the names of what is in a folder to the disk.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
