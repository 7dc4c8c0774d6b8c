package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/load"
)

func TestBenchOptions(t *testing.T) {
	t.Parallel()
	file := written(t, "secret", strings.Repeat("s", 32)+"\n")
	for _, tc := range []struct {
		name, says string // "" for what is right
		args       []string
	}{
		{"none", "", nil},
		{"all", "", []string{"-url", "https://chat.example.com/chat", "-admin-secret-file", file, "-chats=9", "-visitors=1", "-agents=2", "-rate=3", "-duration=4s", "-idle=5", "-fan-out=6", "-json"}},
		{"flags of the server", "", []string{"-idle", "1", "--", "-sync", "always"}},
		{"no such flag", "-visitor: no such flag; did you mean -visitors? -h explains all of them", []string{"-visitor", "3"}},
		{"no flag", `"visitors" is not a flag; -h explains the flags`, []string{"visitors"}},
		{"not a number", `-visitors: must be a whole number, not "many"`, []string{"-visitors", "many"}},
		{"below nothing", "-rate: must be at least 0", []string{"-rate", "-1"}},
		{"nobody to hear", "-agents: must be at least 1", []string{"-agents", "0"}},
		{"no time", `-duration: must be a time such as 90s, 30m or 24h, not "5"`, []string{"-duration", "5"}},
		{"too short", "-duration: must be at least a second", []string{"-duration", "10ms"}},
		{"nothing to do", "-visitors, -idle and -fan-out are all 0: there is nothing to measure", []string{"-visitors", "0"}},
		{"no address", "-url: must be the http or https URL of a server, such as http://127.0.0.1:8000", []string{"-url", "127.0.0.1:8000", "-admin-secret-file", file}},
		{"no secret", "-admin-secret-file is missing: the load is an app of its own, which the admin secret makes and removes", []string{"-url", "http://127.0.0.1:8000"}},
		{"no server for the secret", "-admin-secret is for the server that -url names, and -url is missing", []string{"-admin-secret-file", file}},
		{"flags of somebody else's server", "-program, and flags behind --, are for a server that is started here, without -url",
			[]string{"-url", "http://127.0.0.1:8000", "-admin-secret-file", file, "--", "-sync", "always"}},
	} {
		_, err := parseBench(tc.args, &output{})
		if tc.says == "" {
			require.NoError(t, err, tc.name)
		} else {
			require.EqualError(t, err, tc.says, tc.name)
		}
	}
	c, err := parseBench([]string{"-idle", "7", "-program", "older", "--", "-sync", "always"}, &output{})
	require.NoError(t, err)
	assert.Equal(t, load.Options{Visitors: 200, Agents: 20, Duration: 10 * time.Second, Idle: 7, Program: "older", ServerFlags: []string{"-sync", "always"}}, c.Options)
	assert.Equal(t, 227, c.Connections())

	if openFiles() < manyFiles {
		_, err = parseBench([]string{"-idle", "100000"}, &output{})
		require.ErrorContains(t, err, "100220 connections are more than the ")
	}
}

func TestBenchHelp(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	require.NoError(t, bench(t.Context(), []string{"-h"}, &said, &output{}))
	assert.Contains(t, said.String(), "\n  -fan-out connections\n        connections that hear one more visitor, after the others; default 0\n")
	assert.Contains(t, said.String(), "or the name of a file with it: -admin-secret-file; default none\n")
	assert.NotContains(t, said.String(), "PARLEY_", "no variables: they are for servers")
}

// A server for the load has nothing of the one that this environment is for.
func TestBenchServerHasNoOptionsOfAnother(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"HOME=/", "PARLEY_PORT=tcp://10.0.0.1:80"},
		withoutOptions([]string{"HOME=/", "PARLEY_NATS=nats://store", "PARLEY_PORT=tcp://10.0.0.1:80", "PARLEY_NATS_PASSWORD_FILE=x"}))
}

// benched runs the command, and gives what it has measured.
func benched(t *testing.T, args ...string) (f load.Figures) {
	t.Helper()
	var said strings.Builder
	require.NoError(t, bench(t.Context(), append([]string{"-json"}, args...), &said, &output{}))
	require.NoError(t, json.Unmarshal([]byte(said.String()), &f))
	return f
}

// Every message comes once to everybody, and the figures say so.
func TestBenchOfItsOwnServer(t *testing.T) {
	t.Setenv(asProgram, "1")
	t.Setenv("TMPDIR", t.TempDir())
	f := benched(t, "-visitors", "7", "-agents", "2", "-idle", "5", "-fan-out", "23", "-duration", "1s")
	assert.Empty(t, f.Failures)
	assert.True(t, f.Own)
	assert.False(t, f.Ended)
	require.NotNil(t, f.Connected)
	assert.Equal(t, 12, f.Connected.Connections)
	assert.Positive(t, f.Connected.PerSecond)
	for name, spoken := range map[string]*load.Spoken{"visitors to agents": f.Spoken, "one to many": f.FanOut} {
		require.NotNil(t, spoken, name)
		assert.Greater(t, spoken.Messages, int64(10), name)
		assert.Equal(t, spoken.Messages*int64(spoken.Listeners), spoken.Deliveries, name)
		assert.Zero(t, spoken.Lost+spoken.Twice+spoken.Refused+spoken.Unanswered, name)
		assert.Positive(t, spoken.PerSecond, name)
		for _, l := range []load.Latency{spoken.Reply, spoken.Received} {
			assert.Positive(t, l.P50, name)
			assert.IsNonDecreasing(t, []float64{l.P50, l.P90, l.P99, l.Max}, name)
		}
	}
	assert.Equal(t, 1, f.Spoken.Listeners)
	assert.Equal(t, 23, f.FanOut.Listeners)
	if runtime.GOOS == "linux" {
		require.NotNil(t, f.Idle)
		assert.Positive(t, f.Idle.Memory)
		assert.Positive(t, *f.Spoken.MicrosPerMessage)
		assert.Positive(t, *f.FanOut.MicrosPerDelivery)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	assert.Empty(t, left, "nothing is left of the server")
}

// A server that is given is left as it was, and a rate is kept.
func TestBenchOfAGivenServer(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "admin-secret")
	p := start(t, "-data", t.TempDir(), "-admin-secret-file", secret)
	f := benched(t, "-url", p.url+"/", "-admin-secret-file", secret, "-chats", "3", "-visitors", "5", "-agents", "1", "-rate", "20", "-duration", "1s")
	assert.Empty(t, f.Failures)
	assert.False(t, f.Own)
	require.NotNil(t, f.Spoken)
	assert.InDelta(t, 20, f.Spoken.Messages, 5)
	assert.Equal(t, f.Spoken.Messages, f.Spoken.Deliveries)
	assert.Nil(t, f.Spoken.MicrosPerMessage, "what another's server takes is not known")
	text, err := os.ReadFile(secret)
	require.NoError(t, err)
	status, apps := p.call(t, "GET", "/v1/apps", "", "x-hyper-secret", strings.TrimSpace(string(text)))
	require.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"apps": []}`, string(apps))

	err = bench(t.Context(), []string{"-url", p.url, "-admin-secret", "wrong"}, &output{}, &output{})
	require.ErrorContains(t, err, "an app for the load cannot be made: ")
}

// ender ends something when it is told what.
type ender struct {
	output
	of  string
	end context.CancelFunc
}

func (e *ender) Write(p []byte) (int, error) {
	if strings.Contains(string(p), e.of) {
		e.end()
	}
	return e.output.Write(p)
}

// Ctrl-C ends the load with the figures so far.
func TestBenchEndsWithTheFiguresSoFar(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "admin-secret")
	p := start(t, "-data", t.TempDir(), "-admin-secret-file", secret)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var said strings.Builder
	err := bench(ctx, []string{"-url", p.url, "-admin-secret-file", secret, "-visitors", "3", "-fan-out", "1", "-duration", "1h"}, &said, &ender{of: "visitors speak", end: end})
	require.NoError(t, err)
	assert.Regexp(t, `(?m)^connected     3 visitors, `, said.String())
	assert.Regexp(t, `(?m)^messages      \d+ in `, said.String())
	assert.Regexp(t, `(?m)^  deliveries  \d+ to 1 each, .*; 0 lost, 0 twice$`, said.String())
	assert.Contains(t, said.String(), "ended         by a signal, before its time\n")
	assert.NotContains(t, said.String(), "fan-out")
}
