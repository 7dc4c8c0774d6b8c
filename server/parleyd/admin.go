package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"time"

	"parley/server"
)

// health knows whether clients should be sent here.
type health struct {
	chat    atomic.Pointer[server.Server] // nil while none runs
	leaving atomic.Bool                   // the program is about to stop
}

// notReady says in a word why no client should come, "" if they should. The log has more.
func (h *health) notReady() string {
	if h.leaving.Load() {
		return "stopping"
	}
	chat := h.chat.Load()
	if chat == nil {
		return "starting"
	}
	if err := chat.Ready(); err != nil {
		return err.Error()
	}
	return ""
}

// adminHandler serves what the operator looks at: whether the process lives, whether it is
// ready for clients, its numbers and its profiles. The command line is not among these, as
// it may have passwords.
func adminHandler(h *health, m *server.Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if why := h.notReady(); why != "" {
			say(w, http.StatusServiceUnavailable, why)
			return
		}
		say(w, http.StatusOK, "ready")
	})
	mux.Handle("GET /metrics", m.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// listenAdmin opens the private listener; nil if there is to be none.
func (c *config) listenAdmin(ctx context.Context) (net.Listener, error) {
	if c.adminAddr == "" {
		return nil, nil
	}
	return c.listen(ctx, "admin-addr", c.adminAddr)
}

// serveAdmin serves the private listener until the program ends, also while the engine
// starts and while clients are sent away. Without one nothing is measured.
func (d *daemon) serveAdmin() (end func()) {
	if d.private == nil {
		return func() {}
	}
	d.metrics = server.NewMetrics(d.greeting.version, ownBuild().commit)
	if of := d.front.certificates; of != nil {
		d.metrics.ShowCertificates(of.Ends)
	}
	s := newHTTPServer(adminHandler(&d.health, d.metrics), d.logger)
	go func() { _ = s.Serve(d.private) }() // it ends with the program
	d.logger.Info("the private listener is open", "address", d.private.Addr().String())
	return func() { _ = s.Close() }
}

// leave makes the server unready, and gives who looks at that time to send clients to
// another one before nobody listens any more.
func (d *daemon) leave() {
	d.health.leaving.Store(true)
	if d.private != nil {
		time.Sleep(d.config.stopDelay)
	}
}
