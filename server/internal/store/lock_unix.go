//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks the file for this process; locked is false when another process has
// locked it. The system releases the lock when the process ends, however it ends.
func tryLock(f *os.File) (locked bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
