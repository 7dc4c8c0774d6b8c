package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The embedded engine is reached by other programs of the same user, such as a backup, at a
// Unix socket in its folder. Who may connect is who may read the data: the folder of the
// socket and the socket are the user's alone.
const socketFolder = "engine"

func socketOf(dir string) string { return filepath.Join(dir, socketFolder, "socket") }

// listen opens the socket, and passes on what comes to it until the engine stops. Without
// it the engine works, and can only be attached to by nobody.
func (e *embedded) listen() {
	listener, err := listenAlone(socketOf(e.dir))
	if err != nil {
		e.log.to.Warn("engine: it cannot be reached while it runs, so that a backup needs a stop", "error", err)
		return
	}
	e.background.Go(func() {
		<-e.stopped
		_ = listener.Close() // removes the socket
	})
	e.background.Go(func() {
		for {
			outside, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				e.log.to.Warn("engine: a connection at its socket failed", "error", err)
				continue
			}
			go e.pass(outside)
		}
	})
}

func listenAlone(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) { // of a process that was killed: this one has the lock
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// pass copies between a connection and the engine until one of them ends.
func (e *embedded) pass(outside net.Conn) {
	defer outside.Close()
	inside, err := e.server.InProcessConn()
	if err != nil { // the engine stops
		return
	}
	go func() {
		defer inside.Close()
		_, _ = io.Copy(inside, outside)
	}()
	_, _ = io.Copy(outside, inside)
}

// socket is where nats.go connects to an engine of another process.
type socket struct{ path string }

func (s socket) InProcessConn() (net.Conn, error) {
	return new(net.Dialer).DialContext(context.Background(), "unix", s.path)
}

// Attach connects to the embedded engine of another process that has its data in a folder.
// A connection that is lost is lost: each call fails then.
func Attach(ctx context.Context, dir string, logger *slog.Logger) (*Engine, error) {
	e := &Engine{Replicas: 1, where: "the folder " + dir, closed: make(chan struct{})}
	e.reserve = &reserve{measure: func() Space { return diskSpace(dir) }, fresh: diskMeasured, logger: logger}
	options := []nats.Option{
		nats.Name("parleyd"), nats.NoReconnect(), nats.InProcessServer(socket{socketOf(dir)}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { logAsynchronous(logger, err) }),
	}
	err := e.connect("", options)
	if err == nil {
		e.JS, err = jetstream.New(e.NC)
	}
	if err == nil {
		_, err = e.JS.AccountInfo(ctx)
	}
	if err != nil {
		e.disconnect()
		return nil, fmt.Errorf("the server that uses the data folder %s is not reached: %w; stop it, or call this as its user", dir, err)
	}
	return e, nil
}
