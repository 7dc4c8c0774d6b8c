package drive

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// startWithin is the time that a program has to become healthy.
const startWithin = 60 * time.Second

// Process is a program that runs, in a group of its own: Ctrl-C at the terminal is not for it.
type Process struct {
	*os.Process
	ended chan struct{} // closed when it has
	err   error         // of its end, then
}

// Start runs a program, and returns when the URL answers 200.
func Start(ctx context.Context, command *exec.Cmd, healthy string) (*Process, error) {
	command.SysProcAttr = ownGroup()
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &Process{Process: command.Process, ended: make(chan struct{})}
	go func() {
		p.err = command.Wait()
		close(p.ended)
	}()
	ctx, stop := context.WithTimeout(ctx, startWithin)
	defer stop()
	for {
		if answers(ctx, healthy) {
			return p, nil
		}
		select {
		case <-p.ended:
			return nil, fmt.Errorf("%s has ended at once: %w", command.Path, p.err)
		case <-ctx.Done():
			p.End(0)
			return nil, fmt.Errorf("%s did not come up within %s", command.Path, startWithin)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func answers(ctx context.Context, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// Wait waits for the end, and gives the error of exec.Cmd.Wait.
func (p *Process) Wait() error {
	<-p.ended
	return p.err
}

// End asks the program to end, and kills it when it has not within some time.
func (p *Process) End(within time.Duration) {
	if p.Signal(os.Interrupt) != nil { // as on Windows, which has no signals
		_ = p.Kill()
	}
	select {
	case <-p.ended:
	case <-time.After(within):
		_ = p.Kill()
		<-p.ended
	}
}

// FreeAddr gives an unused address of this machine.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
