package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/certificatetest"
	"parley/server/internal/tracetest"
)

// checked gives what parleyd check writes and its error, with paths and addresses replaced.
func checked(t *testing.T, args []string, replaced ...string) (string, error) {
	t.Helper()
	var said strings.Builder
	err := checkConfig(t.Context(), args, environment(nil), nil, &said)
	return strings.NewReplacer(replaced...).Replace(said.String()), err
}

func TestCheckOfWhatIsRight(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "missing", "yet")
	said, err := checked(t, []string{"-addr", "127.0.0.1:0", "-data", data})
	require.NoError(t, err)
	assert.Equal(t, "The configuration can be used.\n", said)
	assert.NoDirExists(t, filepath.Dir(data))

	said, err = checked(t, []string{"-addr", "127.0.0.1:0", "-data", t.TempDir(), "-origins", "*"})
	require.NoError(t, err)
	assert.Contains(t, said, "caution: -origins: ")

	for left, cautions := range map[time.Duration]int{13 * day: 1, 15 * day: 0} {
		cert, key := certificatetest.Made(t, time.Now().Add(-90*day), time.Now().Add(left), "chat.example.com")
		certFile, keyFile := certificatetest.Write(t, t.TempDir(), "ends", cert, key)
		said, err = checked(t, []string{"-addr", "127.0.0.1:0", "-data", t.TempDir(), "-tls-cert", certFile, "-tls-key", keyFile})
		require.NoError(t, err)
		assert.Equal(t, cautions, strings.Count(said, "browsers refuse it from then on; renew it"), said)
	}
}

func TestCheckOfBrokenConfigurations(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	busy := taken.Addr().String()
	once, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	free := once.Addr().String()
	require.NoError(t, once.Close())
	inUse := t.TempDir()
	start(t, "-data", inUse)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	plain := t.TempDir()
	start(t, "-data", plain).stop(t)
	goodKey, shortKey := written(t, "key", strings.Repeat("k", 32)+"\n"), written(t, "short", "short")
	outside := natsAt(t, natsserver.RANDOM_PORT, t.TempDir()).ClientURL()

	secured := securedNATS(t)
	cert, key := certificatetest.Made(t, time.Now().Add(-90*day), time.Now().Add(-day), "chat.example.com")
	expired, expiredKey := certificatetest.Write(t, t.TempDir(), "expired", cert, key)

	for _, tc := range []struct {
		name, text string
		args       []string
		says       []string
	}{
		{"unknown key", "adr: :80", nil, []string{"CONFIG:1: adr: no such option; did you mean addr?"}},
		{"key twice", "data: /a\nsync: always\ndata: /b", nil, []string{"CONFIG:3: data: stands in line 1 already; remove one of the two"}},
		{"wrong type", "sockets: many", nil, []string{`CONFIG:1: sockets: must be a whole number, not "many"`}},
		{"frames too short for messages", "frame-bytes: 5000", nil,
			[]string{"-frame-bytes: 5000 is too few for messages of 10000 characters; use at least 61024, or lower -message-length"}},
		{"lives of sessions that no session can have", "session-life: 0s\nagent-session-max: -1h", nil,
			[]string{"-session-life and -session-max: session life of visitors: 0s is shorter than a minute",
				"-agent-session-life and -agent-session-max: session life of agents: -1h0m0s altogether is shorter than 24h0m0s without use"}},
		{"a reserve larger than the disk", "reserve: 999999999999999", nil,
			[]string{"-reserve: 999999999999999 bytes are no less than the whole store, which has "}},
		{"port in use", "addr: " + busy, nil, []string{"the address BUSY is in use by another program; choose another with -addr"}},
		{"private port in use", "admin-addr: " + busy, nil, []string{"the address BUSY is in use by another program; choose another with -admin-addr"}},
		{"one address for two", "addr: " + free + "\nadmin-addr: " + free, nil,
			[]string{"-addr and -admin-addr are the same address, " + free + ": give each one of its own"}},
		{"an expired certificate, and a port in use", "tls-cert: " + expired + "\ntls-key: " + expiredKey + "\naddr: 127.0.0.1:0\nhttp-addr: " + busy, nil,
			[]string{"-tls-cert: the certificate in EXPIRED has expired on ", "the address BUSY is in use by another program; choose another with -http-addr"}},
		{"ACME for an address", "acme-hosts: [chat.example.com, 192.0.2.7]", nil,
			[]string{"CONFIG:1: acme-hosts: \"192.0.2.7\" is an address, and certificates by ACME are for names; use -tls-cert for it"}},
		{"folder in use", "data: " + inUse, nil, []string{"the data folder INUSE is in use by another process; stop it, or name another folder"}},
		{"file for a folder", "data: " + file + "/data", nil,
			[]string{"cannot use the data folder FILE/data: not a directory; a file is in its place: name a folder"}},
		{"read-only folder", "data: /sys/parley", nil,
			[]string{"cannot use the data folder /sys/parley: permission denied; name a folder that this user may write to"}},
		{"a key for data that is not encrypted", "data: " + plain, []string{"-store-key-file", goodKey},
			[]string{"the data in PLAIN is not encrypted, and a key is given; leave the key away, " +
				"or make a backup and restore it with the key into an empty folder"}},
		{"a short key, for NATS", "nats: " + outside, []string{"-store-key-file", shortKey},
			[]string{"-store-key: the key has 5 characters, and needs at least 32; `openssl rand -hex 32` makes a good one",
				"-store-key is for the data in the folder: NATS has an encryption of its own, in its configuration (jetstream.key)"}},
		{"no key in its file", "", []string{"-store-key-file", file}, []string{"-store-key-file: there is no secret in the file FILE: it is empty"}},
		{"nobody at the NATS address", "nats: nats://127.0.0.1:1", nil,
			[]string{"cannot connect to NATS at nats://127.0.0.1:1: nobody answers there; check the address, and that it runs"}},
		{"wrong NATS password", "nats: " + secured + "\nnats-user: parley\nnats-password: wrong", nil,
			[]string{"NATS at SECURED refuses the log-in: nats: Authorization Violation; check the user and the password, or the file of the nkey or the credentials"}},
		{"traces to nowhere", "trace-ratio: 1.5", []string{"-trace-headers", "authorization=Bearer abc"}, []string{"CONFIG:1: trace-ratio: must be at most 1",
			"-trace-endpoint is missing: without it nothing is traced, and the other options that begin with -trace do nothing"}},
		{"traces by gRPC", "trace-endpoint: 127.0.0.1:4317", nil,
			[]string{"-trace-endpoint: must be the http or https URL of a collector, such as http://127.0.0.1:4318"}},
		{"log-in without an address", "nats-creds: /etc/nats.creds", nil,
			[]string{"-nats is missing: without it nothing is asked of NATS, and the other options that begin with -nats do nothing"}},
		{"several", "adr: :80\nreplicas: 9\naddr: nonsense\ndata: " + file, []string{"-prot", "80", "-message-length=0"}, []string{
			"-prot: no such flag; ", "CONFIG:1: adr: no such option", "CONFIG:2: replicas: must be at most 5",
			"-message-length: must be at least 1", `cannot listen on "nonsense": `, "cannot use the data folder FILE: "}},
	} {
		for _, line := range []string{"addr: 127.0.0.1:0", "data: " + t.TempDir()} {
			if key, _, _ := strings.Cut(line, " "); !strings.Contains("\n"+tc.text, "\n"+key) {
				tc.text += "\n" + line
			}
		}
		config := written(t, "parley.yaml", tc.text)
		said, err := checked(t, append([]string{"-config", config}, tc.args...),
			config, "CONFIG", secured, "SECURED", busy, "BUSY", expired, "EXPIRED", plain, "PLAIN", inUse, "INUSE", file, "FILE")
		require.Error(t, err, tc.name)
		t.Logf("%s\n%s", tc.name, said)
		for _, text := range tc.says {
			assert.Contains(t, said, "wrong:   "+text, tc.name)
		}
		assert.Equal(t, len(tc.says), strings.Count(said, "wrong: "), "%s:\n%s", tc.name, said)
	}
}

// securedNATS runs a NATS server that asks for a password, and gives its address.
func securedNATS(t *testing.T) string {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
		Username: "parley", Password: "terces",
	})
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(10*time.Second))
	return s.ClientURL()
}

// A collector that is away is no reason not to start.
func TestCheckOfTraces(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	args := []string{
		"-addr", "127.0.0.1:0", "-data", t.TempDir(), "-trace-endpoint", "http://127.0.0.1:1", "-trace-headers-file", written(t, "headers", "authorization=Bearer abc\n"),
	}
	require.NoError(t, checkConfig(t.Context(), args, environment(nil), []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"}, &said))
	assert.Equal(t, `caution: OTEL_EXPORTER_OTLP_ENDPOINT: is not read; the options that begin with -trace say what is traced
caution: -trace-endpoint: the collector takes no traces now: dial tcp 127.0.0.1:1: connect: connection refused
The configuration can be used.
`, said.String())
	said.Reset()
	args[5] = tracetest.New(t).URL
	require.NoError(t, checkConfig(t.Context(), args, environment(nil), nil, &said))
	assert.Equal(t, "The configuration can be used.\n", said.String())

	said.Reset()
	require.NoError(t, printConfig(args, environment(nil), &said))
	assert.Contains(t, said.String(), "# trace-headers: (hidden)")
}

func TestCheckOfSlips(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	environ := []string{"PARLEY_HOST=a.example", "PARLEY_ADR=:1", "PARLEY_PORT=tcp://10.0.0.1:80", "PARLEY_DATA=x", "HOME=/", "PARLEY_NATS_PASWORD_FILE=x"}
	args := []string{"-addr", "127.0.0.1:0", "-nats", securedNATS(t), "-nats-user", "parley", "-nats-password", "terces"}
	require.NoError(t, checkConfig(t.Context(), args, environment(nil), environ, &said))
	assert.Equal(t, `caution: PARLEY_HOST: no such variable; did you mean PARLEY_HOSTS?
caution: PARLEY_ADR: no such variable; did you mean PARLEY_ADDR?
caution: PARLEY_NATS_PASWORD_FILE: no such variable; did you mean PARLEY_NATS_PASSWORD_FILE?
caution: -nats-password: all users of this machine see the secret in an argument; use -nats-password-file
The configuration can be used.
`, said.String())
}
