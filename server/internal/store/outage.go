package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	checkEvery  = time.Second // how often a failed disk is tried, and how long a fault must last
	faultChecks = 5           // checks within checkEvery that must all find the fault
	probeBytes  = 16 << 20    // that the disk must take before it counts as healed
)

// Failing says why nothing can be written now; nil if nothing is known to be wrong.
// What is stored can be read as long as there is a connection to the engine.
func (e *Engine) Failing() error {
	if lost := e.lost.Load(); lost != nil && *lost != nil {
		return *lost
	}
	if !e.Connected() {
		return fmt.Errorf("there is no connection to NATS (%s)", e.NC.Status())
	}
	if e.embedded == nil {
		return nil
	}
	return context.Cause(e.embedded.writable)
}

// Connected tells whether there is a connection to NATS. To the embedded engine there always is one.
func (e *Engine) Connected() bool { return e.embedded != nil || e.NC.Status() == nats.CONNECTED }

// Healed is closed when the embedded engine could not write, for example on a full
// disk, and could do so again if it were started anew, which it needs. With a URL it
// is nil: nats.Conn reconnects by itself.
func (e *Engine) Healed() <-chan struct{} {
	if e.embedded == nil {
		return nil
	}
	return e.embedded.healed
}

// Writing gives a context for an operation that writes. It ends with ctx, and when the
// embedded engine fails: no acknowledgement would come then.
func (e *Engine) Writing(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if e.embedded == nil {
		return ctx, cancel
	}
	detach := context.AfterFunc(e.embedded.writable, cancel)
	return ctx, func() { detach(); cancel() }
}

// watch waits until the engine has a fault that lasts, logs it for the operator, and
// then waits until the disk can be written to again.
func (e *embedded) watch() {
	fault := e.lastingFault()
	for fault == nil {
		select {
		case <-e.log.problems:
			fault = e.lastingFault()
		case <-e.stopped:
			return
		}
	}
	select {
	case <-e.stopped:
		return
	default:
	}
	e.failed(fault)
	free := "unknown"
	if disk := diskSpace(e.dir); disk.Known {
		free = megabytes(disk.Free)
	}
	e.log.to.Error("the data cannot be written to; reading goes on, clients are asked to try again; "+
		"free some space, writing then resumes by itself", "folder", e.dir, "free", free, "error", fault)
	check := time.NewTicker(checkEvery)
	defer check.Stop()
	for {
		select {
		case <-check.C:
			if probe(e.dir) == nil {
				e.log.to.Warn("the data can be written to again", "folder", e.dir)
				close(e.healed)
				return
			}
		case <-e.stopped:
			return
		}
	}
}

// lastingFault gives what is wrong with the engine, nil if a check finds nothing: a
// starting or busy engine may report a fault that passes.
func (e *embedded) lastingFault() (fault error) {
	for range faultChecks {
		if fault = e.health(); fault == nil {
			return nil
		}
		select {
		case <-time.After(checkEvery / faultChecks):
		case <-e.stopped:
			return nil
		}
	}
	return fault
}

// health asks the engine, which remembers a failed write.
func (e *embedded) health() error {
	if h := e.server.Healthz(nil); h.Error != "" {
		return errors.New(h.Error)
	}
	return nil
}

// probe tries to write a file of probeBytes into a folder.
func probe(dir string) (err error) {
	name := filepath.Join(dir, "probe")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(name)) }()
	part := make([]byte, 1<<20)
	for range probeBytes / len(part) {
		if _, err = f.Write(part); err != nil {
			break
		}
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
