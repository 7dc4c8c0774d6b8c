package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	"parley/server"
)

// checkOwner refuses to open data that is another user's: their server could not read what
// is written there meanwhile. For data of another user that a server has open, the error is
// server.ErrFolderInUse: that server can be asked. The data is theirs who use it, as its
// folder may be one that a system has made for them.
func checkOwner(dir string) error {
	info, err := os.Stat(filepath.Join(dir, "lock"))
	if err != nil { // nobody has used it yet, or this user may not look into it
		info, err = os.Stat(dir)
	}
	if err != nil {
		return fmt.Errorf("there is no data: %w; name the folder of the server with -data", err)
	}
	uid, _, known := ownerOf(info)
	if !known || uid == os.Geteuid() {
		return nil
	}
	if err := server.CheckFolder(dir); errors.Is(err, server.ErrFolderInUse) {
		return err
	}
	id := strconv.Itoa(uid)
	name, sudo := id, "'#"+id+"'"
	if u, err := user.LookupId(id); err == nil {
		name, sudo = u.Username, u.Username
	}
	return fmt.Errorf("the data in %s belongs to the user %s, whose server could not read what another user writes there; "+
		"run it as that user, such as by sudo -u %s", dir, name, sudo)
}

// keepOwner gives a new file the owner and the mode of the one that it is to replace.
func keepOwner(f *os.File, old fs.FileInfo) error {
	own, err := f.Stat()
	if err != nil {
		return err
	}
	uid, gid, known := ownerOf(old)
	ownUID, ownGID, _ := ownerOf(own)
	if known && (uid != ownUID || gid != ownGID) {
		if err := f.Chown(uid, gid); err != nil {
			return fmt.Errorf("it belongs to another user or group, to whom a new one cannot be given: %w; run it as that user", err)
		}
	}
	return f.Chmod(old.Mode().Perm())
}
