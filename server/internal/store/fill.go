package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	dataFolder    = "nats"
	fillingFolder = "restoring" // of data that is not whole yet

	closeWithin = time.Minute // what was written may have to reach the disk
)

// Fill makes the data of an embedded engine in a folder that has none. fill gets the engine.
// All that it has written is in the folder afterwards, and on the disk, or nothing is.
func Fill(ctx context.Context, o Options, fill func(context.Context, *Engine) error) error {
	lock, err := lockFolder(o.Dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	whole, filling := filepath.Join(o.Dir, dataFolder), filepath.Join(o.Dir, fillingFolder)
	if _, err := os.Lstat(whole); err == nil {
		return fmt.Errorf("there is data in %s already: name a folder that has none, or move that one away", o.Dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return cannotUse(o.Dir, err)
	}
	if err := os.RemoveAll(filling); err != nil { // of a time that was interrupted
		return cannotUse(o.Dir, err)
	}
	defer func() { _ = os.RemoveAll(filling) }() // what stays is removed the next time
	inside := o
	inside.Dir, inside.URL, inside.SyncAlways = filling, "", false
	e, err := Start(ctx, inside)
	if err != nil {
		return err
	}
	err = fill(ctx, e)
	if failing := e.Failing(); err != nil || failing != nil {
		err = e.Explain(errors.Join(err, failing))
	}
	ending, stop := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer stop()
	if err = errors.Join(err, e.Close(ending)); err != nil {
		return err
	}
	if err := syncFiles(filepath.Join(filling, dataFolder)); err != nil {
		return fmt.Errorf("the data does not reach the disk: %w", err)
	}
	if err := os.Rename(filepath.Join(filling, dataFolder), whole); err != nil {
		return cannotUse(o.Dir, err)
	}
	return SyncFolder(o.Dir)
}

// syncFiles forces all below a folder to the disk.
func syncFiles(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return SyncFolder(path)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
