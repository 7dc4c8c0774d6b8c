package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"parley/server/drive"
)

// daemon is a server in a process of its own. It can be killed and started again on the
// same data and address, and paused.
type daemon struct {
	program string
	args    []string
	healthy string // a URL that answers 200 when the server can be used
	log     *os.File

	mu       sync.Mutex
	process  *drive.Process
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

func (d *daemon) start() (err error) {
	command := exec.Command(d.program, d.args...)
	command.Stdout, command.Stderr = d.log, d.log
	if d.process, err = drive.Start(context.Background(), command, d.healthy); err != nil {
		return fmt.Errorf("%w; its output is in %s", err, d.log.Name())
	}
	return nil
}

// Restart ends the server by a signal, and starts it again.
func (d *daemon) Restart(by syscall.Signal) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.end(by); err != nil {
		return err
	}
	d.Restarts++
	return d.start()
}

// Pause stops the server's process for a while, as a machine does that has no memory left.
func (d *daemon) Pause(length time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	time.Sleep(length)
	return d.process.Signal(syscall.SIGCONT)
}

func (d *daemon) end(by syscall.Signal) error {
	if err := d.process.Signal(by); err != nil {
		return err
	}
	err := d.process.Wait()
	var exit *exec.ExitError
	if by == syscall.SIGKILL && errors.As(err, &exit) {
		return nil // it was killed as we asked
	}
	return err
}

// Stop ends the server and waits for it.
func (d *daemon) Stop() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return errors.Join(d.end(syscall.SIGTERM), d.log.Close())
}
