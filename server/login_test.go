package server_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/internal/identity"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// text gives all that was written.
func (l *lockedBuffer) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// lines gives the entries with this message.
func (l *lockedBuffer) lines(t *testing.T, message string) (found []servertest.Object) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for scanner := bufio.NewScanner(bytes.NewReader(l.b.Bytes())); scanner.Scan(); {
		var entry servertest.Object
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &entry))
		if entry["msg"] == message {
			found = append(found, entry)
		}
	}
	return found
}

// guarded is a server whose hashes cost what they cost in production, and its log.
func guarded(t *testing.T) (*servertest.World, *lockedBuffer) {
	t.Helper()
	w, log := servertest.New(t, server.Limits{}), &lockedBuffer{}
	i, err := server.NewIdentity(t.Context(), w.Engine)
	require.NoError(t, err)
	s, err := server.New(t.Context(), w.Engine, i, server.Options{Logger: slog.New(slog.NewJSONHandler(log, nil))})
	require.NoError(t, err)
	node := &servertest.World{
		T: t, Engine: w.Engine, Identity: i, Server: s, Client: http.DefaultClient,
		HTTP: httptest.NewServer(server.AddressOptions{}.Handler(servertest.Described(t, s.Handler()))),
	}
	t.Cleanup(node.Close)
	return node, log
}

// login tries to log in from an address; more is added to the request, as in Obj.
func login(w *servertest.World, client, username, password string, more ...any) servertest.Answer {
	h := servertest.App()
	h.Set("X-Forwarded-For", client)
	asked := servertest.Obj(append([]any{"username", username, "password", password}, more...)...)
	return w.Rest("POST", "/agents/login", h, string(servertest.JSON(asked)))
}

// knownDevice logs an agent in, and gives what makes their device known.
func knownDevice(w *servertest.World, client, username string) string {
	return login(w, client, username, "demo", "device", "").Text("device")
}

// inNoTime is a world in which no time goes by for log-ins, so that who is held up stays so.
func inNoTime(t *testing.T) *servertest.World {
	t.Helper()
	now := time.Now()
	return servertest.With(t, storetest.Engine(t, t.TempDir()), server.Options{}, identity.Clock(func() time.Time { return now }))
}

const (
	attacker = "203.0.113.9"
	office   = "198.51.100.7"
)

// Whoever guesses at a name holds up themselves: the owner gets in each time, on a device
// that is known also where the guesses come from.
func TestStrangersCannotLockAnAgentOut(t *testing.T) {
	t.Parallel()
	w, log := guarded(t)
	device := knownDevice(w, office, "lead")
	var refused, wrong atomic.Int64
	guess := func() {
		switch a := login(w, attacker, "lead", "not it"); a.Status {
		case 401:
			wrong.Add(1)
		case 429:
			refused.Add(1)
			seconds, err := strconv.Atoi(a.Header.Get("Retry-After"))
			assert.NoError(t, err)
			assert.Positive(t, seconds)
			assert.EqualValues(t, seconds, servertest.Dig(a.JSON, "error", "retryAfter"))
		default:
			assert.Fail(t, a.Body)
		}
	}
	for range 12 {
		guess()
	}
	require.EqualValues(t, 5, wrong.Load())
	require.EqualValues(t, 7, refused.Load())
	stop, tick := make(chan struct{}), time.NewTicker(150*time.Millisecond)
	defer tick.Stop()
	var guessing sync.WaitGroup
	guessing.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				guess()
			}
		}
	})
	in := 0
	for refused.Load() < 15 { // over a second of guesses
		for _, a := range []servertest.Answer{login(w, attacker, "lead", "demo", "device", device), login(w, office, "lead", "demo")} {
			require.Equal(t, 200, a.Status, a.Body)
			in++
		}
	}
	close(stop)
	guessing.Wait()
	t.Logf("the owner got in %d of %d times; guesses: %d wrong, %d refused", in, in, wrong.Load(), refused.Load())
	assert.Equal(t, 429, login(w, attacker, "lead", "demo").Status, "without a known device it is a guess like another")
	tried := 0
	for _, line := range log.lines(t, "log-in failed") {
		if line["reason"] == "wrong-password" {
			tried++
		} else {
			assert.Positive(t, line["count"], "what was refused for its rate is summed up")
		}
	}
	assert.EqualValues(t, wrong.Load(), tried)
}

// A flood of log-ins with random names waits for itself.
func TestFloodOfLoginsKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	w, log := guarded(t)
	device := knownDevice(w, attacker, "agent1")
	for name, tc := range map[string]struct {
		client   func(n int) string
		stranger bool // the agent also gets in at an address of their own, without the device
	}{
		"from one household":       {func(n int) string { return fmt.Sprintf("2001:db8:ffff::%x", n+1) }, true},
		"from as many as there is": {func(n int) string { return fmt.Sprintf("2001:db8:0:%x::1", n) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			statuses, end := floodLogins(w, tc.client)
			in, tries, begun := 0, 0, time.Now()
			try := func(client string, more ...any) {
				tries++
				if a := login(w, client, "agent1", "demo", more...); assert.Equal(t, 200, a.Status, a.Body) {
					in++
				}
			}
			for range 6 {
				if try(attacker, "device", device); tc.stranger {
					try(office)
				}
			}
			took := time.Since(begun)
			end()
			t.Logf("the agent got in %d of %d times in %s; the flood had %v", in, tries, took.Round(time.Millisecond), statuses)
			assert.Zero(t, statuses[500]+statuses[503]+statuses[504])
			assert.Empty(t, log.lines(t, "operation"), "nothing has timed out")
		})
	}
}

// floodLogins keeps 250 log-ins with random names in flight, until end is called. Then
// statuses has how many were answered how.
func floodLogins(w *servertest.World, client func(n int) string) (statuses map[int]int, end func()) {
	statuses = map[int]int{}
	stop := make(chan struct{})
	var mu sync.Mutex
	var begun, running sync.WaitGroup
	begun.Add(250)
	for n := range 250 {
		running.Go(func() {
			begun.Done()
			for {
				a := login(w, client(n), rand.Text(), "a guess")
				mu.Lock()
				statuses[a.Status]++
				mu.Unlock()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	begun.Wait()
	return statuses, func() { close(stop); running.Wait() }
}

// What operators alert on has neither passwords nor names at will.
func TestFailedLoginsAreLogged(t *testing.T) {
	t.Parallel()
	w, log := guarded(t)
	login(w, attacker, "my password", "my password")
	login(w, attacker, "agent1", "my password")
	lines := log.lines(t, "log-in failed")
	require.Len(t, lines, 2)
	for n, name := range []string{"(no agent's)", "agent1"} {
		delete(lines[n], "time")
		assert.Equal(t, servertest.Obj(
			"level", "WARN", "msg", "log-in failed", "app", "demo", "username", name, "client", attacker, "reason", "wrong-password",
		), lines[n])
	}
}
