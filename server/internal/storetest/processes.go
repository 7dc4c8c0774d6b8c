package storetest

import (
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/store"
)

// The test program is a NATS server with the options of this variable.
const asNATS = "PARLEY_TEST_NATS"

// natsOptions are those of ClusterOptions that a process gets.
type natsOptions struct {
	Name, Dir     string
	Port, Cluster int
	Routes        []string
}

// Main is what the TestMain of a package calls whose tests use ClusterOfProcesses.
func Main(m *testing.M) {
	text := os.Getenv(asNATS)
	if text == "" {
		os.Exit(m.Run())
	}
	var o natsOptions
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	s, err := natsserver.NewServer(&natsserver.Options{
		ServerName: o.Name, Host: "127.0.0.1", Port: o.Port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: o.Dir,
		Routes:  natsserver.RoutesFromStr(strings.Join(o.Routes, ",")),
		Cluster: natsserver.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: o.Cluster},
	})
	if err != nil {
		panic(err)
	}
	s.Start()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	<-ended
}

// ClusterOfProcesses is Cluster, of servers in processes of their own, which can be killed and
// stopped: one that is shut down hands what it leads over to the others. It gives an engine on
// each, and the processes by the servers' names, of which Leader gives one.
func ClusterOfProcesses(t testing.TB) (engines map[string]*store.Engine, processes map[string]*os.Process) {
	t.Helper()
	engines, processes = map[string]*store.Engine{}, map[string]*os.Process{}
	urls := map[string]string{}
	for _, o := range ClusterOptions(t) {
		port := freePort(t)
		options := natsOptions{Name: o.ServerName, Dir: o.StoreDir, Port: port, Cluster: o.Cluster.Port}
		for _, route := range o.Routes {
			options.Routes = append(options.Routes, route.String())
		}
		text, err := json.Marshal(options)
		require.NoError(t, err)
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), asNATS+"="+string(text))
		require.NoError(t, c.Start())
		t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
		processes[o.ServerName], urls[o.ServerName] = c.Process, "nats://127.0.0.1:"+strconv.Itoa(port)
	}
	for name, url := range urls {
		require.EventuallyWithT(t, func(c *assert.CollectT) {
			e, err := store.Start(t.Context(), store.Options{URL: url, Replicas: size, ChatStreams: size})
			if assert.NoError(c, err) {
				engines[name] = e
			}
		}, 3*WaitFor, Tick)
		t.Cleanup(func() { Close(t, engines[name]) })
	}
	placesStreams(t, engines["n0"])
	return engines, processes
}

// Leader gives the name of the server that leads a stream.
func Leader(t testing.TB, e *store.Engine, stream string) (name string) {
	t.Helper()
	require.Eventually(t, func() bool {
		s, err := e.JS.Stream(t.Context(), stream)
		if err != nil || s.CachedInfo().Cluster == nil {
			return false
		}
		name = s.CachedInfo().Cluster.Leader
		return name != ""
	}, 3*WaitFor, Tick)
	return name
}
