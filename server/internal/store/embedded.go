package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// embedded is a NATS server inside the process, without a listener: only the
// process itself reaches it.
type embedded struct {
	dir    string
	server *natsserver.Server
	lock   *os.File
	log    *engineLog
	once   sync.Once

	sound   context.Context // until the store cannot be written to; the cause says why
	broken  context.CancelCauseFunc
	healed  chan struct{} // closed when it could be again
	stopped chan struct{}
	watched sync.WaitGroup
}

func startEmbedded(dir string, always bool, logger *slog.Logger) (*embedded, error) {
	if dir == "" {
		return nil, errors.New("no folder for the data is given")
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	e := &embedded{dir: dir, lock: lock, log: &engineLog{to: logger, complained: make(chan struct{}, 1)},
		healed: make(chan struct{}), stopped: make(chan struct{})}
	e.sound, e.broken = context.WithCancelCause(context.Background())
	e.server, err = natsserver.NewServer(&natsserver.Options{
		ServerName:             "parley",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               filepath.Join(dir, "nats"),
		SyncAlways:             always,
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start the engine in the folder %s: %w", dir, err), lock.Close())
	}
	e.server.SetLoggerV2(e.log, false, false, false)
	e.server.Start()
	if e.log.fatal() || !e.server.ReadyForConnections(10*time.Second) {
		e.stop()
		return nil, fmt.Errorf("cannot start the engine in the folder %s: %s; %s", dir, e.log.said(), checkDisk)
	}
	e.watched.Go(e.watch)
	return e, nil
}

const checkDisk = "check that the folder is on a healthy disk with room left, and may be written to"

// lockFolder makes the folder when it is missing and takes it for this process.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot use the data folder %s: %w; name a folder that this user may write to", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot use the data folder %s: %w; name a folder that this user may write to", dir, err)
	}
	free, err := tryLock(f)
	if free {
		return f, nil
	}
	_ = f.Close()
	if err != nil {
		return nil, fmt.Errorf("cannot lock the data folder %s: %w; use a folder on a local disk", dir, err)
	}
	return nil, fmt.Errorf("the data folder %s is in use by another process; stop that one, or name another folder", dir)
}

// checkRecovered compares the streams on disk with those that came back. The
// NATS server leaves a damaged one out with no more than a warning, and an empty
// one would then be made in its place. A folder without its two meta files is
// what a kill in the middle of making a stream leaves: nothing was in it.
func (e *embedded) checkRecovered(js jetstream.JetStream) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	there := map[string]bool{}
	names := js.StreamNames(ctx)
	for name := range names.Name() {
		there[name] = true
	}
	if err := names.Err(); err != nil {
		return fmt.Errorf("the engine in the folder %s does not answer: %w", e.dir, err)
	}
	store := filepath.Join(e.dir, "nats")
	sums, err := fs.Glob(os.DirFS(store), "jetstream/*/streams/*/meta.sum")
	if err != nil {
		return fmt.Errorf("cannot look into the folder %s: %w", store, err)
	}
	for _, sum := range sums {
		folder := filepath.Join(store, filepath.FromSlash(path.Dir(sum)))
		if _, err := os.Stat(filepath.Join(folder, "meta.inf")); err == nil && !there[filepath.Base(folder)] {
			return fmt.Errorf("the data in %s is damaged (%s); put the folder %s back from a backup, or move it away to start empty",
				folder, e.log.said(), e.dir)
		}
	}
	return nil
}

func (e *embedded) stop() {
	e.once.Do(func() {
		close(e.stopped)
		e.watched.Wait()
		e.server.Shutdown()
		e.server.WaitForShutdown()
		_ = e.lock.Close() // gives the lock back
	})
}

// engineLog hands the NATS server's log on, and keeps the last complaint for an
// error that would otherwise not say why.
type engineLog struct {
	to   *slog.Logger
	mu   sync.Mutex
	last string
	over bool // the server cannot go on

	complained chan struct{} // has one when there was an error that was not looked into
}

func (l *engineLog) fatal() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// quiet tells whether the engine has complained of nothing.
func (l *engineLog) quiet() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last == ""
}

func (l *engineLog) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == "" {
		return "the engine gave no reason"
	}
	return l.last
}

func (l *engineLog) complain(level slog.Level, format string, args []any) {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	l.mu.Lock()
	l.last = text
	l.mu.Unlock()
	l.to.Log(context.Background(), level, "engine: "+text)
	if level == slog.LevelError {
		select {
		case l.complained <- struct{}{}:
		default:
		}
	}
}

func (l *engineLog) Noticef(format string, args ...any) {
	l.to.Debug("engine: " + fmt.Sprintf(format, args...))
}
func (l *engineLog) Warnf(format string, args ...any)  { l.complain(slog.LevelWarn, format, args) }
func (l *engineLog) Errorf(format string, args ...any) { l.complain(slog.LevelError, format, args) }
func (l *engineLog) Debugf(string, ...any)             {}
func (l *engineLog) Tracef(string, ...any)             {}

// Fatalf does not end the process: whoever started the engine says why it failed.
func (l *engineLog) Fatalf(format string, args ...any) {
	l.complain(slog.LevelError, format, args)
	l.mu.Lock()
	l.over = true
	l.mu.Unlock()
}
