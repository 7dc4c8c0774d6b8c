//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The test program is the server itself when this variable is set.
const asProgram = "PARLEY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	if err := run(untilTerminated(), built, os.Args[1:], environment(nil), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "parleyd:", err)
		os.Exit(1)
	}
}

// startProcess is start in a process of its own.
func startProcess(t *testing.T, args ...string) (*program, *exec.Cmd) {
	t.Helper()
	p := &program{stdout: &output{}, stderr: &output{}}
	c := exec.Command(os.Args[0], append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	c.Env = append(os.Environ(), asProgram+"=1")
	c.Stdout, c.Stderr = p.stdout, p.stderr
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	require.Eventually(t, func() bool { return strings.HasSuffix(p.stdout.String(), "Ctrl-C stops it.\n") }, 30*time.Second, 10*time.Millisecond, p.stderr)
	p.url = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(p.stdout.String())
	return p, c
}

// A limit of the size of files stands for the full disk: a write fails likewise.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p, process := startProcess(t, "-demo", "-data", dir)
	secret := []string{"x-hyper-appId", "demo", "x-hyper-secret", "demo-secret"}
	var made struct {
		User struct{ ID string }
		Chat struct{ ID string }
	}
	_, text := p.call(t, "POST", "/v1/users", `{"name":"Vera"}`, secret...)
	require.NoError(t, json.Unmarshal(text, &made))
	status, text := p.call(t, "POST", "/v1/chats", fmt.Sprintf(`{"creator":%q,"room":"1"}`, made.User.ID), secret...)
	require.Equal(t, http.StatusOK, status, string(text))
	require.NoError(t, json.Unmarshal(text, &made))
	chat := "/v1/chats/" + made.Chat.ID + "/messages"
	say := func(n int) int {
		status, _ := p.call(t, "POST", chat, fmt.Sprintf(`{"userId":%q,"senderId":%[1]q,"sender":%[1]q,"message":"%d %s"}`, made.User.ID, n, strings.Repeat("x", 5000)), secret...)
		return status
	}
	require.Equal(t, http.StatusOK, say(0))

	limit := func(bytes uint64) {
		var old unix.Rlimit
		require.NoError(t, unix.Prlimit(process.Process.Pid, unix.RLIMIT_FSIZE, nil, &old))
		require.NoError(t, unix.Prlimit(process.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: old.Max}, nil))
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
	status, text = p.call(t, "GET", "/healthz", "")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Contains(t, string(text), "file too large")
	status, _ = p.call(t, "GET", chat, "", secret...)
	assert.Equal(t, http.StatusOK, status, "reading goes on")
	assert.Equal(t, 1, strings.Count(p.stderr.String(), "the data cannot be written to;"))
	assert.Contains(t, p.stderr.String(), "folder="+dir)
	assert.Less(t, strings.Count(p.stderr.String(), "\n"), 20, p.stderr)

	limit(unix.RLIM_INFINITY)
	require.Eventually(t, func() bool { return say(said) == http.StatusOK }, 30*time.Second, 50*time.Millisecond, p.stderr)
	status, _ = p.call(t, "GET", "/healthz", "")
	assert.Equal(t, http.StatusOK, status)
	_, text = p.call(t, "GET", chat+"?limit=1000", "", secret...)
	var log struct{ Messages []struct{ Message string } }
	require.NoError(t, json.Unmarshal(text, &log))
	var found, want []string
	for _, m := range log.Messages {
		if number, _, is := strings.Cut(m.Message, " "); is {
			found = append(found, number)
		}
	}
	for n := range said + 1 {
		want = append(want, fmt.Sprint(n))
	}
	assert.Equal(t, want, found, "all that was taken, once and in order")
	require.NoError(t, process.Process.Signal(unix.SIGTERM))
	assert.NoError(t, process.Wait(), p.stderr)
}
