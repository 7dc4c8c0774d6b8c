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

// startWithin is the time that a server has to become healthy.
const startWithin = 60 * time.Second

// daemon is a server in a process of its own. It can be killed and started again on the
// same data and address, and paused.
type daemon struct {
	program string
	args    []string
	healthy string // a URL that answers 200 when the server can be used
	log     *os.File

	mu       sync.Mutex
	process  *exec.Cmd
	Restarts int
}

// startDaemon starts a program, which writes to a log.
func startDaemon(healthy, log, program string, args ...string) (*daemon, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	d := &daemon{program: program, args: args, healthy: healthy, log: file}
	return d, d.start()
}

func (d *daemon) start() error {
	d.process = exec.Command(d.program, d.args...)
	d.process.Stdout, d.process.Stderr = d.log, d.log
	if err := d.process.Start(); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), startWithin)
	defer stop()
	for {
		if answer, err := http.Get(d.healthy); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not come up within %s; its output is in %s", d.program, startWithin, d.log.Name())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Restart kills the server, or terminates it gently, and starts it again.
func (d *daemon) Restart(gently bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.end(gently); err != nil {
		return err
	}
	d.Restarts++
	return d.start()
}

// Pause stops the server's process for a while, as a machine does that has no memory left.
func (d *daemon) Pause(length time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.process.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	time.Sleep(length)
	return d.process.Process.Signal(syscall.SIGCONT)
}

func (d *daemon) end(gently bool) error {
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
		return nil // it was killed as we asked
	}
	return err
}

// Stop ends the server and waits for it.
func (d *daemon) Stop() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return errors.Join(d.end(true), d.log.Close())
}
