package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	lookEvery   = time.Second // at a store that could not be written to
	sureAfter   = 5           // looks in this time that find the same
	roomAtLeast = 16 << 20    // bytes that must find room before it is tried again
)

// Failing says why nothing can be written now, nil if there is no such reason.
// What is stored can be read as long as there is a connection to the store.
func (e *Engine) Failing() error {
	if e.embedded == nil {
		if status := e.NC.Status(); status != nats.CONNECTED {
			return fmt.Errorf("there is no connection to NATS (%s)", status)
		}
		return nil
	}
	return context.Cause(e.embedded.sound)
}

// Healed is closed when the embedded engine could not write, as on a full disk,
// and now could if it were started anew: it never does so by itself. It is never
// closed with a URL.
func (e *Engine) Healed() <-chan struct{} {
	if e.embedded == nil {
		return nil
	}
	return e.embedded.healed
}

// Writing bounds what writes: it ends when the store breaks, whose acknowledgement
// would not come.
func (e *Engine) Writing(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	if e.embedded == nil {
		return ctx, stop
	}
	off := context.AfterFunc(e.embedded.sound, stop)
	return ctx, func() { off(); stop() }
}

// watch finds out whether the engine complains because it cannot write any more,
// tells the operator, and waits until there is room again.
func (e *embedded) watch() {
	why := e.lastingFault()
	for why == nil {
		select {
		case <-e.log.complained:
			why = e.lastingFault()
		case <-e.stopped:
			return
		}
	}
	select {
	case <-e.stopped:
		return
	default:
	}
	e.broken(why)
	free := "unknown"
	if n, known := freeBytes(e.dir); known {
		free = fmt.Sprintf("%d MB", n>>20)
	}
	e.log.to.Error("the data cannot be written to; clients are asked to try again, reading goes on; make room, and it goes on by itself",
		"folder", e.dir, "free", free, "error", why)
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			if probe(e.dir) == nil {
				e.log.to.Log(context.Background(), slog.LevelWarn, "the data can be written to again", "folder", e.dir)
				close(e.healed)
				return
			}
		case <-e.stopped:
			return
		}
	}
}

// lastingFault tells what is wrong with the engine, if it stays wrong: while it
// starts, or is short of time, it may complain for a moment.
func (e *embedded) lastingFault() (fault error) {
	for range sureAfter {
		if fault = e.writable(); fault == nil {
			return nil
		}
		select {
		case <-time.After(lookEvery / sureAfter):
		case <-e.stopped:
			return nil
		}
	}
	return fault
}

// writable asks the engine, which remembers what went wrong.
func (e *embedded) writable() error {
	if h := e.server.Healthz(nil); h.Error != "" {
		return errors.New(h.Error)
	}
	return nil
}

// probe tries whether the folder takes a file of some size.
func probe(dir string) (err error) {
	name := filepath.Join(dir, "probe")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(name)) }()
	part := make([]byte, 1<<20)
	for range roomAtLeast / len(part) {
		if _, err = f.Write(part); err != nil {
			break
		}
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
