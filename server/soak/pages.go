package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// pageScript runs the pages; its path is relative to the repository.
const pageScript = "web/test/soak/pages.mjs"

// longestAnswer is the most bytes in a line that the script prints.
const longestAnswer = 64 << 20

// pages is the process that runs visitors in Chromium.
type pages struct {
	process *exec.Cmd
	in      *json.Encoder
	out     *bufio.Scanner
	found   []pageVisitor
}

// pageVisitor is a visitor in Chromium, and at the end what the page was promised.
type pageVisitor struct {
	Name   string `json:"name"`
	ID     string `json:"id"`
	Token  string `json:"token"`
	ChatID string `json:"chatId"`

	Accepted []string    `json:"accepted,omitempty"`
	Rejected [][2]string `json:"rejected,omitempty"`
	Loads    int         `json:"loads,omitempty"`
	Errors   []string    `json:"errors,omitempty"`
}

// openPages starts the pages, and gives nil if the run has none.
func (s *soak) openPages(ctx context.Context) (*pages, error) {
	if s.options.pages == 0 {
		return nil, nil
	}
	var visitors []pageVisitor
	for i := range s.options.pages {
		v := pageVisitor{Name: fmt.Sprintf("page%d", i)}
		a, err := s.visitor(ctx, v.Name)
		if err != nil {
			return nil, err
		}
		v.ID, v.Token = a.User.ID, a.Session.Token
		if v.ChatID, err = s.chatOf(ctx, v.ID); err != nil {
			return nil, err
		}
		visitors = append(visitors, v)
	}
	p := &pages{process: exec.CommandContext(ctx, "node", pageScript)}
	p.process.Stderr = os.Stderr
	in, err := p.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = json.NewEncoder(in), bufio.NewScanner(out)
	p.out.Buffer(nil, longestAnswer)
	if err := p.process.Start(); err != nil {
		return nil, err
	}
	return p, p.in.Encode(map[string]any{"url": "http://" + s.proxy.Addr(), "pause": s.pause.Milliseconds(), "visitors": visitors})
}

// settle ends the faults of the pages, and waits until they have sent everything.
func (p *pages) settle() error {
	if p == nil {
		return nil
	}
	if err := p.in.Encode("settle"); err != nil {
		return err
	}
	if !p.out.Scan() {
		return errors.Join(errors.New("the pages ended without an answer"), p.out.Err(), p.process.Wait())
	}
	return errors.Join(json.Unmarshal(p.out.Bytes(), &p.found), p.process.Wait())
}

// judge compares what the pages were promised with the logs.
func (p *pages) judge(ctx context.Context, base string) (v verdict, loads int, err error) {
	if p == nil {
		return v, 0, nil
	}
	for _, one := range p.found {
		log, err := logOf(ctx, base, one.ChatID)
		if err != nil {
			return v, loads, err
		}
		v.add(judge(one.Name, one.Accepted, textsOf(log, one.ID)))
		loads += one.Loads
		for _, text := range one.Errors {
			v.Broken++
			v.example("%s: %s", one.Name, text)
		}
		for _, rejected := range one.Rejected {
			v.Broken++
			v.example("%s: %q was rejected: %s", one.Name, rejected[0], rejected[1])
		}
	}
	return v, loads, nil
}
