package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"parley/server"
)

// front is what clients meet: the addresses that the daemon listens on, and the
// certificates of its own TLS, if it has any.
type front struct {
	main  net.Listener
	plain net.Listener // -http-addr, else nil

	bounds *server.ConnectionLimit // of both

	certificates certificates             // nil without TLS; else one of the two
	files        *server.CertificateFiles // or nil
	acme         *server.ACME             // or nil

	http     *http.Server
	redirect *http.Server // on plain
}

// openFront reads the certificates and listens. The error says all that is wrong, and which
// options to change.
func (c config) openFront(ctx context.Context, logger *slog.Logger) (*front, error) {
	f := &front{}
	var wrong []error
	if err := f.openCertificates(c, logger); err != nil {
		wrong = append(wrong, err)
	}
	f.bounds = server.LimitConnections(c.connections, c.perAddress, c.address)
	open := func(option, addr string, isTLS bool) net.Listener {
		l, err := c.listen(ctx, option, addr)
		if err != nil {
			wrong = append(wrong, err)
			return nil
		}
		return c.byProxies(f.bounds.Listener(l, isTLS))
	}
	f.main = open("addr", c.addr, c.tls.isOn())
	if c.tls.httpAddr != "" {
		f.plain = open("http-addr", c.tls.httpAddr, false)
	}
	if len(wrong) > 0 {
		f.close()
		return nil, allOf(wrong)
	}
	return f, nil
}

// handle makes the HTTP servers. h gets all requests but those by plain HTTP to a server
// with TLS.
func (f *front) handle(h http.Handler, c config, logger *slog.Logger) {
	f.http = newHTTPServer(h, logger)
	if f.certificates != nil {
		f.http.TLSConfig = f.certificates.TLS()
	}
	if f.plain == nil {
		return
	}
	_, port, _ := net.SplitHostPort(f.main.Addr().String()) // a listener's address has one
	toHTTPS := c.address.ToHTTPS(port)
	if f.acme != nil {
		toHTTPS = f.acme.Handler(toHTTPS)
	}
	f.redirect = newHTTPServer(toHTTPS, logger)
}

// serve serves in the background until a server fails, or close.
func (f *front) serve(ctx context.Context, failed chan<- error, logger *slog.Logger) {
	serve := f.http.Serve
	if f.certificates != nil {
		serve = func(l net.Listener) error { return f.http.ServeTLS(l, "", "") }
	}
	go func() { failed <- serve(f.main) }()
	if f.redirect != nil {
		logger.Info("clients by plain HTTP are sent to https", "from", f.plain.Addr())
		go func() { failed <- f.redirect.Serve(f.plain) }()
	}
	if f.files != nil {
		hangUp := make(chan os.Signal, 1)
		signal.Notify(hangUp, syscall.SIGHUP)
		go func() {
			defer signal.Stop(hangUp)
			f.files.Watch(ctx, hangUp)
		}()
	}
	if f.acme != nil {
		go f.acme.Keep(ctx)
	}
}

// stop lets requests finish until ctx ends, and then cuts them off.
func (f *front) stop(ctx context.Context) error {
	if f.redirect != nil {
		_ = f.redirect.Close()
	}
	err := f.http.Shutdown(ctx)
	if err != nil {
		_ = f.http.Close()
	}
	return err
}

// close ends everything at once.
func (f *front) close() {
	for _, s := range []*http.Server{f.http, f.redirect} {
		if s != nil {
			_ = s.Close()
		}
	}
	for _, l := range []net.Listener{f.main, f.plain} { // those that are not served yet
		if l != nil {
			_ = l.Close()
		}
	}
}
