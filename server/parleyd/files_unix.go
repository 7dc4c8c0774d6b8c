//go:build unix

package main

import "syscall"

// openFiles is how many files and connections this process may have open.
func openFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur > manyFiles {
		return manyFiles
	}
	return int(limit.Cur)
}
