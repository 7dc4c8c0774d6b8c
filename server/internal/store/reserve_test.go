package store

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReserve(t *testing.T) {
	const mb, gb = 1 << 20, 1 << 30
	for _, tc := range []struct {
		name          string
		bytes         int64
		total, enough int64 // with one byte less than enough the reserve is reached
	}{
		{"5 % of a large disk", 0, 100 * gb, 5*gb + 1},
		{"at least 256 MiB", 0, 2 * gb, 256*mb + 1},
		{"at most a quarter of a small one", 0, 400 * mb, 100*mb + 1},
		{"as the operator says", 7 * mb, 100 * gb, 7*mb + 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := Space{Free: tc.enough, Total: tc.total, Known: true}
			r := reserve{bytes: tc.bytes, measure: func() Space { return now }, logger: slog.New(slog.DiscardHandler)}
			assert.False(t, r.isReached())
			now.Free--
			assert.True(t, r.isReached())
			now.Known = false
			assert.True(t, r.isReached(), "what was known last counts")
			now.Known, now.Free = true, tc.enough
			assert.True(t, r.isReached(), "some more must be free before it is over")
			now.Free += tc.enough / 8
			assert.False(t, r.isReached())
		})
	}
}

func TestReserveIsLoggedOnce(t *testing.T) {
	var log strings.Builder
	r := reserve{bytes: 10, logger: slog.New(slog.NewTextHandler(&log, nil))}
	for _, free := range []int64{20, 5, 4, 3, 20, 30} {
		r.update(Space{Free: free, Total: 100, Known: true})
	}
	assert.Equal(t, 2, strings.Count(log.String(), "\n"), log.String())
	assert.Contains(t, log.String(), "visitors are refused")
}

// The embedded engine stops nobody before its disk is full, and knows the disk.
func TestEmbeddedEngineHasTheWholeDisk(t *testing.T) {
	e, err := Start(t.Context(), Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close(context.Background())) })
	assert.Greater(t, e.embedded.server.JetStreamConfig().MaxStore, int64(1)<<60)
	disk := e.reserve.measure()
	assert.True(t, disk.Known)
	assert.Greater(t, disk.Total, disk.Free)
	assert.False(t, e.OnlyReserve())
}

// Of a NATS server the limit of the account counts.
func TestReserveOfAnAccount(t *testing.T) {
	account := natsserver.NewAccount("chat")
	outside, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
		Accounts: []*natsserver.Account{account}, NoAuthUser: "parley",
		Users: []*natsserver.User{{Username: "parley", Password: "secret", Account: account}},
	})
	require.NoError(t, err)
	outside.Start()
	t.Cleanup(func() { outside.Shutdown(); outside.WaitForShutdown() })
	limited, err := outside.LookupAccount("chat")
	require.NoError(t, err)
	require.NoError(t, limited.EnableJetStream(map[string]natsserver.JetStreamAccountLimits{
		"": {MaxMemory: -1, MaxStore: 1 << 20, MaxStreams: -1, MaxConsumers: -1},
	}, nil))
	e, err := Start(t.Context(), Options{URL: outside.ClientURL()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close(context.Background())) })
	assert.False(t, e.OnlyReserve())
	_, err = e.JS.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	require.NoError(t, err)
	for range 8 {
		_, err := e.JS.Publish(t.Context(), "s", make([]byte, 100<<10))
		require.NoError(t, err)
	}
	assert.Eventually(t, e.OnlyReserve, 3*accountMeasured, accountMeasured/10)
}

// A reserve that is as large as the store is refused by name.
func TestCheckReserve(t *testing.T) {
	for _, tc := range []struct {
		bytes int64
		space Space
		fits  bool
	}{
		{0, Space{Free: 5, Total: 100, Known: true}, true},
		{99, Space{Free: 5, Total: 100, Known: true}, true},
		{100, Space{Free: 5, Total: 100, Known: true}, false},
		{1 << 60, Space{}, true},
	} {
		e := &Engine{reserve: &reserve{bytes: tc.bytes, measure: func() Space { return tc.space }}}
		err := e.CheckReserve()
		assert.Equal(t, tc.fits, err == nil, "%d of %+v: %v", tc.bytes, tc.space, err)
	}
}
