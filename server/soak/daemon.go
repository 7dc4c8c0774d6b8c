package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// startWithin is how long a server may take until it is healthy.
const startWithin = 60 * time.Second

// Daemon is a server in a process of its own, that is killed and started again on
// the same data and address.
type Daemon struct {
	program, data, addr string
	log                 *os.File

	mu       sync.Mutex
	process  *exec.Cmd
	Restarts int
}

// StartDaemon starts a program, parleyd, with the demo's accounts.
func StartDaemon(program, data, addr string) (*Daemon, error) {
	log, err := os.Create(data + ".log")
	if err != nil {
		return nil, err
	}
	d := &Daemon{program: program, data: data, addr: addr, log: log}
	return d, d.start()
}

// URL is the server's own address, without the proxy.
func (d *Daemon) URL() string { return "http://" + d.addr }

func (d *Daemon) start() error {
	d.process = exec.Command(d.program, "-demo", "-data", d.data, "-addr", d.addr)
	d.process.Stdout, d.process.Stderr = d.log, d.log
	if err := d.process.Start(); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), startWithin)
	defer stop()
	for {
		if answer, err := http.Get(d.URL() + "/healthz"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server did not come up within %s; its output is in %s", startWithin, d.log.Name())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Restart kills the server, or with gently asks it to end, and starts it again.
func (d *Daemon) Restart(gently bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.end(gently); err != nil {
		return err
	}
	d.Restarts++
	return d.start()
}

func (d *Daemon) end(gently bool) error {
	signal := syscall.SIGKILL
	if gently {
		signal = syscall.SIGTERM
	}
	if err := d.process.Process.Signal(signal); err != nil {
		return err
	}
	err := d.process.Wait()
	var exit *exec.ExitError
	if !gently && errors.As(err, &exit) {
		return nil // by our signal
	}
	return err
}

// Stop ends the server and waits for it.
func (d *Daemon) Stop() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return errors.Join(d.end(true), d.log.Close())
}
