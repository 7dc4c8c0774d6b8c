package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"parley/server/drive"
)

// natsProgram is the package of the NATS server, of the version that parleyd contains.
const natsProgram = "github.com/nats-io/nats-server/v2"

// copies is how many a cluster keeps of everything.
const copies = 3

// servers are those that people talk to: one parleyd with its data in a folder, or several
// that share a cluster of as many NATS servers, which keep copies of everything.
type servers struct {
	addrs    []string // of the parleyd
	nodes    []*daemon
	nats     []*daemon
	monitors []string // URLs of the NATS servers' own pages
	pauses   atomic.Int64
}

// startServers starts them as a demo, with what they have and write in a folder.
func startServers(ctx context.Context, program, folder string, nodes int) (s *servers, err error) {
	s = &servers{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	args := []string{"-demo", "-data", filepath.Join(folder, "data")}
	if nodes > 1 {
		urls, err := s.startNATS(ctx, folder, nodes)
		if err != nil {
			return s, err
		}
		args = []string{"-demo", "-nats", urls, "-replicas", strconv.Itoa(copies)}
	}
	for n := range nodes {
		addr, err := drive.FreeAddr()
		if err != nil {
			return s, err
		}
		log := filepath.Join(folder, fmt.Sprintf("parleyd%d.log", n))
		d, err := startDaemon("http://"+addr+"/healthz", log, program, append(args, "-addr", addr)...)
		if err != nil {
			return s, err
		}
		s.nodes, s.addrs = append(s.nodes, d), append(s.addrs, addr)
	}
	return s, nil
}

// startNATS starts a cluster, and gives its URLs. No server of it is healthy before it has met the others.
func (s *servers) startNATS(ctx context.Context, folder string, size int) (urls string, err error) {
	program := filepath.Join(folder, "nats-server")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, natsProgram).CombinedOutput(); err != nil {
		return "", fmt.Errorf("the NATS server cannot be built: %w: %s", err, out)
	}
	addrs, routes := [][3]string{}, []string{}
	for range size {
		var three [3]string // for clients, health and the other servers
		for i := range three {
			if three[i], err = drive.FreeAddr(); err != nil {
				return "", err
			}
		}
		addrs, routes = append(addrs, three), append(routes, "nats://"+three[2])
	}
	started := make(chan error, size)
	s.nats = make([]*daemon, size)
	var all []string
	for n, three := range addrs {
		dir := filepath.Join(folder, fmt.Sprintf("nats%d", n))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return "", err
		}
		config := filepath.Join(dir, "nats.conf")
		text := fmt.Sprintf("server_name: %q\nlisten: %q\nhttp: %q\njetstream { store_dir: %q }\n"+
			"cluster { name: soak, listen: %q, routes: [%s] }\nlame_duck_duration: 30s\nlame_duck_grace_period: 1s\n",
			natsName(n), three[0], three[1], dir, three[2], strings.Join(routes, ", "))
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			return "", err
		}
		all = append(all, "nats://"+three[0])
		s.monitors = append(s.monitors, "http://"+three[1])
		go func() {
			d, err := startDaemon("http://"+three[1]+"/healthz", dir+".log", program, "-c", config)
			s.nats[n] = d
			started <- err
		}()
	}
	for range size {
		err = errors.Join(err, <-started)
	}
	return strings.Join(all, ","), err
}

// natsName is the name of a NATS server among the others.
func natsName(n int) string { return "n" + strconv.Itoa(n) }

// URL is the address of a server itself, not of the proxy.
func (s *servers) URL() string { return "http://" + s.addrs[0] }

// Trouble kills one of the servers, or ends it gently, and starts it again. One of several
// may be paused instead.
func (s *servers) Trouble(r *rand.Rand) error {
	all := slices.Concat(s.nodes, s.nats)
	one, by := all[r.IntN(len(all))], syscall.SIGKILL
	if r.IntN(4) == 0 {
		by = syscall.SIGTERM
	}
	if len(all) > 1 && r.IntN(4) == 0 {
		s.pauses.Add(1)
		return one.Pause(time.Duration(500+r.IntN(4000)) * time.Millisecond)
	}
	return one.Restart(by)
}

// Restarts is how often servers were started again.
func (s *servers) Restarts() (n int) {
	for _, d := range slices.Concat(s.nodes, s.nats) {
		n += d.Restarts
	}
	return n
}

// Stop ends the servers and waits for them: the NATS servers are needed until the last parleyd has ended.
func (s *servers) Stop() (err error) {
	for _, d := range slices.Concat(s.nodes, s.nats) {
		if d != nil && d.process != nil {
			err = errors.Join(err, d.Stop())
		}
	}
	return err
}
