//go:build linux || darwin

package store

import (
	"golang.org/x/sys/unix"
)

// diskBytes gives the free space and the size of the disk that a folder is on.
func diskBytes(dir string) (free, total uint64, known bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, 0, false
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), true
}
