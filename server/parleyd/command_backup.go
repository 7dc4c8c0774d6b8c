package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley/server"
	"parley/web"
)

// standard is the name of the standard input and output.
const standard = "-"

// fileOf takes the file off the arguments of a command.
func fileOf(command string, args []string) (file string, flags []string, err error) {
	if len(args) > 0 && isHelp(args[0]) {
		return "", args, nil
	}
	if len(args) == 0 || args[0] != standard && strings.HasPrefix(args[0], "-") {
		return "", nil, fmt.Errorf("%s needs a file: parleyd %[1]s FILE, or - for a pipe, and behind it the flags of the server", command)
	}
	return args[0], args[1:], nil
}

func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// backUp is `parleyd backup FILE`: it writes all that is in the store to a file, while the
// server runs or not. With - it writes to stdout, and what it has to say to stderr.
func backUp(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	file, flags, err := fileOf("backup", args)
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
	version, err := web.Version()
	if err != nil {
		return err
	}
	begun := time.Now()
	take := func(to io.Writer) (server.BackupSummary, error) {
		engine, err := c.openForBackup(ctx, c.logger(stderr))
		if err != nil {
			return server.BackupSummary{}, err
		}
		summary, err := server.Backup(ctx, engine, to, version)
		return summary, errors.Join(err, closeEngine(engine))
	}
	if file == standard {
		summary, err := take(stdout)
		if err == nil {
			tell(stderr, "The backup is written", summary, begun)
		}
		return err
	}
	summary, err := writeWhole(file, take)
	if err == nil {
		tell(stdout, "The backup is in "+file, summary, begun)
	}
	return err
}

// openForBackup opens the store, or reaches the server that has it open.
func (c *config) openForBackup(ctx context.Context, logger *slog.Logger) (engine *server.Engine, err error) {
	o := c.engine()
	o.Logger = logger
	if c.nats == "" {
		err = checkOwner(c.data)
	}
	if err == nil {
		engine, err = server.StartEngine(ctx, o)
	}
	if errors.Is(err, server.ErrFolderInUse) {
		return server.AttachEngine(ctx, c.data, logger)
	}
	return engine, err
}

// writeWhole makes a file that is whole or is not there: it is written under another name.
func writeWhole(file string, take func(io.Writer) (server.BackupSummary, error)) (s server.BackupSummary, err error) {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = errors.New("there is a file of that name already")
		}
		return s, fmt.Errorf("cannot write the backup %s: %w; name another", file, err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*") // with mode 0600
	if err != nil {
		return s, fmt.Errorf("cannot write the backup %s: %w; name a folder that this user may write to", file, err)
	}
	checked := &checkedWriter{Writer: f}
	s, err = take(checked)
	if err == nil {
		checked.err = publish(f, file)
		err = checked.err
	}
	if err == nil {
		return s, nil
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
	if checked.err != nil {
		err = fmt.Errorf("cannot write the backup %s: %w; nothing is left of it", file, checked.err)
	}
	return s, err
}

// publish gives a file that is written its name, once it is on the disk.
func publish(f *os.File, name string) error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	return server.SyncFolder(filepath.Dir(name))
}

// checkedWriter remembers why writing failed.
type checkedWriter struct {
	io.Writer
	err error
}

func (w *checkedWriter) Write(b []byte) (n int, err error) {
	n, err = w.Writer.Write(b)
	if err != nil {
		w.err = err
	}
	return n, err
}

func tell(to io.Writer, what string, s server.BackupSummary, begun time.Time) {
	fmt.Fprintf(to, "%s: %d messages of %d streams, %d MB; %d MB in the file; %s.\n",
		what, s.Messages, s.Streams, s.Bytes>>20, s.Size>>20, time.Since(begun).Round(time.Millisecond))
}
