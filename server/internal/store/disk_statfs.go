//go:build linux || darwin

package store

import (
	"golang.org/x/sys/unix"
)

// freeBytes gives the free space of the disk that a folder is on.
func freeBytes(dir string) (bytes uint64, known bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
