package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"parley/server"
)

// restore is `parleyd restore FILE`: it makes the data of a store that has none of a
// backup. With - it reads stdin, which it first keeps in a file, as a backup is read whole
// before anything of it is used.
func restore(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	name, flags, err := fileOf("restore", args)
	if err != nil {
		return err
	}
	c, _, err := parseOptions(flags, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	file, done, err := openBackup(name, stdin)
	if err != nil {
		return err
	}
	defer done()
	begun := time.Now()
	o := c.engine()
	o.Logger = c.logger(stderr)
	if name == standard {
		name = "standard input"
	}
	summary, err := server.Restore(ctx, file, name, o)
	if err == nil {
		tell(stdout, "The backup is restored", summary, begun)
	}
	return err
}

// openBackup opens a file; of stdin it makes one that is removed when done is called.
func openBackup(name string, stdin io.Reader) (f *os.File, done func(), err error) {
	if name != standard {
		if f, err = os.Open(name); err != nil {
			return nil, nil, fmt.Errorf("cannot read the backup: %w", err)
		}
		return f, func() { _ = f.Close() }, nil
	}
	if f, err = os.CreateTemp("", "parley-restore-*"); err != nil { // with mode 0600
		return nil, nil, fmt.Errorf("cannot keep what is read: %w; name another folder by TMPDIR", err)
	}
	done = func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	if _, err := io.Copy(f, stdin); err != nil {
		done()
		return nil, nil, fmt.Errorf("cannot keep what is read in %s: %w; name another folder by TMPDIR", f.Name(), err)
	}
	return f, done, nil
}
