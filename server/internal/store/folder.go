package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// lockFolder locks the folder for this process; it makes the folder if it is missing.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, cannotUse(dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, cannotUse(dir, err)
	}
	if err := lockIn(dir, f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

const lockFile = "lock"

// ErrInUse is the error of a folder that another process uses.
var ErrInUse = errors.New("in use by another process")

func lockIn(dir string, f *os.File) error {
	switch locked, err := tryLock(f); {
	case err != nil:
		return fmt.Errorf("cannot lock the data folder %s: %w; use a folder on a local disk", dir, err)
	case !locked:
		return fmt.Errorf("the data folder %s is %w; stop it, or name another folder", dir, ErrInUse)
	}
	return nil
}

// cannotUse says what to do about a folder that cannot be made or written to.
func cannotUse(dir string, err error) error {
	advice := "name a folder that this user may write to"
	switch {
	case errors.Is(err, syscall.EROFS):
		advice = "its disk is mounted read-only: name a folder on another disk, or mount it for writing"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		advice = "a file is in its place: name a folder"
	}
	if at := new(fs.PathError); errors.As(err, &at) {
		err = at.Err // the folder is named already
	}
	return fmt.Errorf("cannot use the data folder %s: %w; %s", dir, err, advice)
}

// CheckFolder says what keeps an embedded engine from having its data in the folder. It
// leaves nothing there, and makes no folder that is missing.
func CheckFolder(dir string) error {
	there, err := existing(dir)
	if err != nil {
		return cannotUse(dir, err)
	}
	f, err := os.CreateTemp(there, ".check-*")
	if err != nil {
		return cannotUse(dir, err)
	}
	_ = f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return cannotUse(dir, err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nobody has used it yet
	}
	if err != nil {
		return cannotUse(dir, err)
	}
	defer lock.Close()
	if err := lockIn(dir, lock); err != nil {
		return err
	}
	return checkFiles(dir)
}

// existing gives the folder, or the nearest above it that is there.
func existing(dir string) (string, error) {
	there := filepath.Clean(dir)
	for {
		_, err := os.Stat(there)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || there == filepath.Dir(there) {
			return there, err
		}
		there = filepath.Dir(there)
	}
}
