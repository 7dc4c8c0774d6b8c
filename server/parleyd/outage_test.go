//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A limit of the size of files stands for the full disk: a write fails likewise.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := startProcess(t, "-data", dir)
	vera := p.visitor()
	chatID := p.newChat(vera)
	chat := "/v1/chats/" + chatID + "/messages"
	say := func(n int) int {
		status, _ := p.call(t, "POST", chat, fmt.Sprintf(`{"message":"%d %s"}`, n, strings.Repeat("x", 5000)), vera.headers()...)
		return status
	}
	require.Equal(t, http.StatusOK, say(0))

	limit := func(bytes uint64) {
		var old unix.Rlimit
		require.NoError(t, unix.Prlimit(p.command.Process.Pid, unix.RLIMIT_FSIZE, nil, &old))
		require.NoError(t, unix.Prlimit(p.command.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: old.Max}, nil))
	}
	limit(100 << 10)
	said := 1
	for ; say(said) == http.StatusOK; said++ {
		require.Less(t, said, 1000)
	}
	begun := time.Now()
	for range 20 {
		assert.Equal(t, http.StatusServiceUnavailable, say(said))
	}
	assert.Less(t, time.Since(begun), 5*time.Second, "told at once")
	status, text := p.call(t, "GET", "/healthz", "")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, string(text), "the store cannot be written to")
	assert.NotContains(t, string(text), dir, "strangers read it; the log says where and why")
	assert.Contains(t, p.stderr.String(), "file too large")
	status, _ = p.call(t, "GET", chat, "", secret...)
	assert.Equal(t, http.StatusOK, status, "reading goes on")
	status, _ = p.call(t, "GET", "/v1/chats/"+chatID+"/assign", "", vera.headers()...)
	assert.Equal(t, http.StatusServiceUnavailable, status, "a search for an agent writes, although it is a GET")
	assert.Equal(t, 1, strings.Count(p.stderr.String(), "the data cannot be written to;"))
	assert.Contains(t, p.stderr.String(), "folder="+dir)
	assert.Less(t, strings.Count(p.stderr.String(), "\n"), 20, p.stderr)

	limit(unix.RLIM_INFINITY)
	require.Eventually(t, func() bool { return say(said) == http.StatusOK }, 30*time.Second, 50*time.Millisecond, p.stderr)
	status, _ = p.call(t, "GET", "/healthz", "")
	assert.Equal(t, http.StatusOK, status)
	var found, want []string
	for _, text := range p.texts(chatID) {
		number, _, _ := strings.Cut(text, " ")
		found = append(found, number)
	}
	for n := range said + 1 {
		want = append(want, fmt.Sprint(n))
	}
	assert.Equal(t, want, found, "all that was taken, once and in order")
	p.terminate()
}

// A start on a full disk ends with what is wrong, where, and what to do.
func TestStartOnFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	command := exec.Command("sh", "-c", `ulimit -f 1; exec "$0" "$@"`, os.Args[0], "-addr", "127.0.0.1:0", "-data", dir)
	command.Env = append(os.Environ(), asProgram+"=1")
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "%s", out)
	last := string(out[bytes.LastIndexByte(bytes.TrimSpace(out), '\n')+1:])
	assert.Contains(t, last, "file too large")
	assert.Contains(t, last, "folder "+dir)
	assert.Contains(t, last, "has free space")
}
