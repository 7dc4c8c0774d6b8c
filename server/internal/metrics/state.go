package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// State is what a server is when it is asked. A number that is not known now is left out of
// what Prometheus reads.
type State struct {
	Writable bool // whether the store takes writes

	Sockets     map[string]int // by transport
	Connections int
	Chats       map[string]int // open ones, by status
	Queued      int            // chats in a queue
	OldestWait  float64        // seconds since the first of them came into it, 0 if there is none
	Exports     int            // under way
	Limited     map[string]uint64

	Store *StoreState // nil if unknown
	Hooks *HookState  // nil if unknown
}

// StoreState is what the store has, in bytes.
type StoreState struct {
	Used        uint64
	Free, Total int64 // of the disk or of the account
	Bounded     bool  // whether Free and Total are known
}

// HookState is what webhooks have not got yet.
type HookState struct {
	Backlog uint64
	Oldest  float64 // seconds since the first of it was stored
}

// Show has the metrics ask a server what it is, until hide is called.
func (m *Metrics) Show(read func() State) (hide func()) {
	if m == nil {
		return func() {}
	}
	m.server.Store(&read)
	return func() { m.server.CompareAndSwap(&read, nil) }
}

// states collects the State of the server that runs.
type states struct{ of *Metrics }

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	serving     = gauge("parley_serving", "1 if a chat server runs and its store takes writes, else 0.")
	sockets     = gauge("parley_sockets", "Sockets of clients, by transport.", "transport")
	connections = gauge("parley_connections", "Connections of clients; the tabs of a browser share a socket.")
	chats       = gauge("parley_chats", "Open chats of all nodes, by status.", "status")
	queued      = gauge("parley_queued_chats", "Chats in queues, of all nodes.")
	oldestWait  = gauge("parley_queue_oldest_seconds", "Time since the oldest chat in a queue came into it.")
	exports     = gauge("parley_exports_running", "Exports that are being written.")
	limited     = gauge("parley_limited_total", "What was refused by a limit, by the limit.", "limit")
	storeUsed   = gauge("parley_store_bytes", "Bytes that the store holds.")
	storeFree   = gauge("parley_store_free_bytes", "Bytes that are free on the store's disk, or in the NATS account.")
	storeTotal  = gauge("parley_store_size_bytes", "Bytes of the store's disk, or of the NATS account's limit.")
	hookBacklog = gauge("parley_webhook_backlog", "Entries that active webhooks have not got yet, of all nodes.")
	hookOldest  = gauge("parley_webhook_oldest_seconds", "Time since the oldest of them was stored.")
)

func (states) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		serving, sockets, connections, chats, queued, oldestWait, exports, limited,
		storeUsed, storeFree, storeTotal, hookBacklog, hookOldest,
	} {
		to <- d
	}
}

func (s states) Collect(to chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, value float64, labels ...string) {
		kind := prometheus.GaugeValue
		if d == limited {
			kind = prometheus.CounterValue
		}
		to <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	read := s.of.server.Load()
	if read == nil {
		put(serving, 0)
		return
	}
	now := (*read)()
	put(serving, number(now.Writable))
	put(connections, float64(now.Connections))
	put(queued, float64(now.Queued))
	put(oldestWait, now.OldestWait)
	put(exports, float64(now.Exports))
	for transport, n := range now.Sockets {
		put(sockets, float64(n), transport)
	}
	for status, n := range now.Chats {
		put(chats, float64(n), status)
	}
	for limit, n := range now.Limited {
		put(limited, float64(n), limit)
	}
	if now.Store != nil {
		put(storeUsed, float64(now.Store.Used))
		if now.Store.Bounded {
			put(storeFree, float64(now.Store.Free))
			put(storeTotal, float64(now.Store.Total))
		}
	}
	if now.Hooks != nil {
		put(hookBacklog, float64(now.Hooks.Backlog))
		put(hookOldest, now.Hooks.Oldest)
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
