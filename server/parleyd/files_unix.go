//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

// openFiles is how many files and connections this process may have open.
func openFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur > manyFiles {
		return manyFiles
	}
	return int(limit.Cur)
}

// ownerOf gives the user and the group that a file or folder belongs to.
func ownerOf(info fs.FileInfo) (uid, gid int, known bool) {
	of, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, 0, false
	}
	return int(of.Uid), int(of.Gid), true
}
