// Package storetest runs engines for tests.
package storetest

import (
	"context"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/ids"
	"parley/server/internal/store"
)

// How long a test waits for what must come, and how often it looks.
const (
	WaitFor = 10 * time.Second
	Tick    = 5 * time.Millisecond
)

// Engine runs an embedded engine with its data in dir until the test ends; closing
// it earlier, for a restart on the same folder, is fine. It keeps no reserve, so that
// tests do not depend on how full the disk is.
func Engine(t testing.TB, dir string) *store.Engine {
	t.Helper()
	return Spread(t, dir, 0)
}

// Spread is Engine, whose chats are spread over so many streams; 0 is as many as the store has, or else the default.
func Spread(t testing.TB, dir string, streams int) *store.Engine {
	t.Helper()
	e, err := store.Start(t.Context(), store.Options{Dir: dir, ChatStreams: streams, Space: func() store.Space { return store.Space{} }})
	require.NoError(t, err)
	t.Cleanup(func() { Close(t, e) })
	return e
}

// Close ends an engine.
func Close(t testing.TB, e *store.Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), WaitFor)
	defer cancel()
	require.NoError(t, e.Close(ctx))
}

// RequireCode holds that err is a refusal with this code.
func RequireCode(t testing.TB, code int, err error) {
	t.Helper()
	require.Truef(t, ids.IsCode(err, code), "want a refusal with %d, got %v", code, err)
}

// Cluster runs three NATS servers that keep three copies of everything, and gives an
// engine on each. Chats are spread over three streams.
func Cluster(t testing.TB) []*store.Engine {
	t.Helper()
	engines, _ := ClusterWithServers(t)
	return engines
}

// ClusterWithFiles is Cluster. It also gives the folders in which the servers have the
// streams.
func ClusterWithFiles(t testing.TB) (engines []*store.Engine, streams []string) {
	t.Helper()
	engines, servers := ClusterWithServers(t)
	for _, s := range servers {
		streams = append(streams, filepath.Join(s.StoreDir(), "$G", "streams"))
	}
	return engines, streams
}

// ClusterWithServers is Cluster. It also gives the servers, each with its engine's place.
func ClusterWithServers(t testing.TB) (engines []*store.Engine, servers []*natsserver.Server) {
	t.Helper()
	for _, o := range ClusterOptions(t) {
		s, err := natsserver.NewServer(o)
		require.NoError(t, err)
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers = append(servers, s)
	}
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(servers, func(s *natsserver.Server) bool { // only the leader knows the peers
			return s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == size
		})
	}, 3*WaitFor, Tick)
	for _, s := range servers {
		var e *store.Engine
		require.EventuallyWithT(t, func(c *assert.CollectT) {
			var err error
			e, err = store.Start(t.Context(), store.Options{URL: s.ClientURL(), Replicas: size, ChatStreams: size})
			assert.NoError(c, err)
		}, 3*WaitFor, Tick)
		t.Cleanup(func() { Close(t, e) })
		engines = append(engines, e)
	}
	placesStreams(t, engines[0])
	return engines, servers
}

// placesStreams waits until a cluster takes streams: its leader may know a server that it has
// not heard yet, and refuses what needs three.
func placesStreams(t testing.TB, e *store.Engine) {
	t.Helper()
	const probe = "READY"
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		_, err := e.JS.CreateStream(t.Context(), jetstream.StreamConfig{Name: probe, Replicas: size})
		assert.NoError(c, err)
	}, 3*WaitFor, Tick)
	require.NoError(t, e.JS.DeleteStream(t.Context(), probe))
}

// Lead has a server lead a stream.
func Lead(t testing.TB, e *store.Engine, server, stream string) {
	t.Helper()
	ask := []byte(`{"placement":{"preferred":"` + server + `"}}`)
	require.Eventually(t, func() bool {
		if Leader(t, e, stream) == server {
			return true
		}
		_, err := e.NC.Request("$JS.API.STREAM.LEADER.STEPDOWN."+stream, ask, WaitFor)
		assert.NoError(t, err)
		return false
	}, 3*WaitFor, Tick)
}

// Elected calls what makes something, again while a cluster elects its leaders: servers that have just found each other
// may lose sight of each other once more. The test ends if it fails otherwise, or for WaitFor.
func Elected(t testing.TB, do func() error) {
	t.Helper()
	for begun := time.Now(); ; {
		err := do()
		if err == nil {
			return
		}
		require.Truef(t, store.IsElecting(err) && time.Since(begun) < WaitFor, "%v", err)
		<-time.After(Tick)
	}
}

// size is how many servers a cluster has.
const size = 3

// ClusterOptions gives the options of servers that are a cluster when they run.
func ClusterOptions(t testing.TB) (servers []*natsserver.Options) {
	t.Helper()
	var routes []*url.URL
	for range size {
		routes = append(routes, &url.URL{Scheme: "nats", Host: "127.0.0.1:" + strconv.Itoa(freePort(t))})
	}
	for n, route := range routes {
		port, err := strconv.Atoi(route.Port())
		require.NoError(t, err)
		servers = append(servers, &natsserver.Options{
			ServerName: "n" + strconv.Itoa(n), Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), Routes: routes,
			Cluster: natsserver.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port},
		})
	}
	return servers
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().(*net.TCPAddr).Port
}

// NATS runs a NATS server of its own, with its data in a folder of the test's.
func NATS(t testing.TB, withJetStream bool) *natsserver.Server {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: withJetStream, StoreDir: t.TempDir(),
	})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(10*time.Second))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}
