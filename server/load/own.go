package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"parley/server/drive"
)

// endWithin is how long a server of its own has to end.
const endWithin = 15 * time.Second

// own is a server that runs for the load alone, on data in a temporary folder.
type own struct {
	url, secret string
	folder      string
	output      *os.File
	process     *drive.Process
}

// unlimited are the rates that would be measured in place of the server: all comes from one
// address, in the name of one app.
var unlimited = []string{
	"requests/address", "requests/secret", "frames/address", "sockets/address", "visitors/secret", "chats/address", "chats/visitor",
	"chats/app", "joins/agent", "joins/app", "volume/address",
}

func startOwn(ctx context.Context, o Options) (s *own, err error) {
	s = &own{}
	if s.folder, err = os.MkdirTemp("", "parleyd-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("a server for the load cannot be started: %w%s", err, s.said())
			err = errors.Join(err, s.close())
		}
	}()
	addr, err := drive.FreeAddr()
	if err != nil {
		return s, err
	}
	s.url = "http://" + addr
	if s.output, err = os.Create(filepath.Join(s.folder, "output")); err != nil {
		return s, err
	}
	secretFile := filepath.Join(s.folder, "admin-secret")
	most := strconv.Itoa(o.Connections() + restConnections + 1)
	var rates []string
	for _, name := range unlimited {
		rates = append(rates, name+"=1000000000:1000000000")
	}
	args := []string{
		"-addr", addr, "-data", filepath.Join(s.folder, "data"), "-admin-secret-file", secretFile, "-log-level", "error",
		"-connections", most, "-connections-per-address", most, "-sockets", strconv.Itoa(max(o.Connections()*2, 1000)), "-sockets-per-address", most,
		"-messages-per-second", "1000000", "-chat-messages", "1000000000", "-chat-bytes", "1000000000000", "-rates", strings.Join(rates, ","),
	}
	command := exec.Command(o.Program, append(args, o.ServerFlags...)...)
	command.Env, command.Stdout, command.Stderr = o.ServerEnv, s.output, s.output
	if s.process, err = drive.Start(ctx, command, s.url+"/healthz"); err != nil {
		return s, err
	}
	secret, err := os.ReadFile(secretFile)
	s.secret = strings.TrimSpace(string(secret))
	return s, err
}

// said gives the end of what the server has written, for an error.
func (s *own) said() string {
	if s.output == nil {
		return ""
	}
	text, err := os.ReadFile(s.output.Name())
	if err != nil || len(text) == 0 {
		return ""
	}
	const end = 2000
	return ":\n" + strings.TrimSpace(string(text[max(len(text)-end, 0):]))
}

func (s *own) close() error {
	if s.process != nil {
		s.process.End(endWithin)
	}
	var closed error
	if s.output != nil {
		closed = s.output.Close()
	}
	return errors.Join(closed, os.RemoveAll(s.folder))
}
