package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// embedded is a NATS server inside the process. It has no network: only the process
// itself reaches it. It never recovers from a failed write; outage.go notices one.
type embedded struct {
	dir    string
	synced bool // each write is forced to the disk
	server *natsserver.Server
	lock   *os.File // held while it runs
	log    *engineLog
	once   sync.Once

	writable   context.Context // ends when the data cannot be written to; the cause says why
	failed     context.CancelCauseFunc
	healed     chan struct{} // closed when a new engine could write to the data
	stopped    chan struct{}
	background sync.WaitGroup
}

func startEmbedded(o Options) (*embedded, error) {
	dir, logger := o.Dir, o.Logger
	if dir == "" {
		return nil, errors.New("no folder for the data is given")
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	for _, check := range []func() error{
		func() error { return checkFiles(dir) },
		func() error { return CheckEncryption(dir, o.Encryption) },
		func() error { return noteCipher(dir, o.Encryption) },
	} {
		if err := check(); err != nil {
			return nil, errors.Join(err, lock.Close())
		}
	}
	e := &embedded{dir: dir, synced: o.SyncAlways, lock: lock, log: &engineLog{to: logger, problems: make(chan struct{}, 1)},
		healed: make(chan struct{}), stopped: make(chan struct{})}
	e.writable, e.failed = context.WithCancelCause(context.Background())
	e.server, err = natsserver.NewServer(&natsserver.Options{
		ServerName:             "parley",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               filepath.Join(dir, dataFolder),
		JetStreamMaxStore:      math.MaxInt64, // unless told it stops for everybody at three quarters of the disk; see reserve.go
		SyncAlways:             o.SyncAlways,
		JetStreamKey:           o.Encryption.Key,
		JetStreamCipher:        o.Encryption.cipher(),
		NoSigs:                 true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start the engine in the folder %s: %w", dir, err), lock.Close())
	}
	e.server.SetLoggerV2(e.log, false, false, false)
	e.server.Start()
	if e.log.isFatal() || !e.server.ReadyForConnections(10*time.Second) {
		e.stop()
		return nil, fmt.Errorf("cannot start the engine in the folder %s: %s; %s", dir, e.log.reason(), checkDisk)
	}
	e.background.Go(e.watch)
	e.listen()
	return e, nil
}

const checkDisk = "check that the disk is healthy and has free space, and that this user may write to the folder"

// checkRecovered refuses to start when a stream on the disk was not recovered. The NATS
// server only warns about a damaged one, and an empty stream would then take its place.
func (e *embedded) checkRecovered(js jetstream.JetStream) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	recovered := map[string]bool{}
	names := js.StreamNames(ctx)
	for name := range names.Name() {
		recovered[name] = true
	}
	if err := names.Err(); err != nil {
		return fmt.Errorf("the engine in the folder %s does not answer: %w", e.dir, err)
	}
	folders, err := streamFolders(e.dir)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if !recovered[filepath.Base(folder)] {
			if e.log.isUndecrypted() {
				return fmt.Errorf("the data in %s is encrypted with another key; give the one with which it was made", e.dir)
			}
			return fmt.Errorf("the data in %s is damaged (%s); restore the folder %s from a backup, or move it away to start empty",
				folder, e.log.reason(), e.dir)
		}
	}
	return nil
}

// streamFolders gives the folders of the streams in a folder of data. One that lacks one
// of its two meta files is what a kill while the stream was being made leaves behind:
// nothing was in it.
func streamFolders(dir string) (folders []string, err error) {
	store := filepath.Join(dir, dataFolder)
	sums, err := fs.Glob(os.DirFS(store), "jetstream/*/streams/*/meta.sum")
	if err != nil {
		return nil, fmt.Errorf("cannot read the folder %s: %w", store, err)
	}
	for _, sum := range sums {
		folder := filepath.Join(store, filepath.FromSlash(path.Dir(sum)))
		if _, err := os.Stat(filepath.Join(folder, "meta.inf")); err == nil {
			folders = append(folders, folder)
		}
	}
	return folders, nil
}

// stop stops the server and releases the folder; stopping it again does nothing.
func (e *embedded) stop() {
	e.once.Do(func() {
		close(e.stopped)
		e.background.Wait()
		e.server.Shutdown()
		e.server.WaitForShutdown()
		_ = e.lock.Close() // releases the lock
	})
}

// engineLog passes the NATS server's log on, and keeps the last warning or error for
// our own errors, which could not say the reason otherwise.
type engineLog struct {
	to       *slog.Logger
	problems chan struct{} // holds one value when an error was logged that watch has not seen

	mu          sync.Mutex
	last        string
	fatal       bool // the server cannot go on
	undecrypted bool // a stream is encrypted with another key
}

func (l *engineLog) isFatal() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}

func (l *engineLog) isUndecrypted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.undecrypted
}

// lastProblem gives the last warning or error, "" if there was none.
func (l *engineLog) lastProblem() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *engineLog) reason() string {
	return cmp.Or(l.lastProblem(), "the engine gave no reason")
}

func (l *engineLog) problem(level slog.Level, fatal bool, format string, args []any) {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	l.mu.Lock()
	l.last, l.fatal = text, l.fatal || fatal
	l.undecrypted = l.undecrypted || strings.Contains(text, "decrypting our stream metafile") // the NATS server has no error for it
	l.mu.Unlock()
	l.to.Log(context.Background(), level, "engine: "+text)
	if level == slog.LevelError {
		select {
		case l.problems <- struct{}{}:
		default:
		}
	}
}

func (l *engineLog) Noticef(format string, args ...any) {
	l.to.Debug("engine: " + fmt.Sprintf(format, args...))
}
func (l *engineLog) Warnf(format string, args ...any) { l.problem(slog.LevelWarn, false, format, args) }
func (l *engineLog) Errorf(format string, args ...any) {
	l.problem(slog.LevelError, false, format, args)
}
func (l *engineLog) Debugf(string, ...any) {}
func (l *engineLog) Tracef(string, ...any) {}

// Fatalf does not end the process: Start returns the reason as an error.
func (l *engineLog) Fatalf(format string, args ...any) {
	l.problem(slog.LevelError, true, format, args)
}
