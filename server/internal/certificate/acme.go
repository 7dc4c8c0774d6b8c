package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"parley/server/internal/store"
)

// After a failure the authority is asked again after so long, and then after twice as long
// each time: authorities count failures.
const (
	retryFrom = time.Minute + 10*time.Second // autocert keeps a failure for a minute
	retryMost = time.Hour
)

// ACMEOptions says which certificates are asked for, and where.
type ACMEOptions struct {
	Hosts     Hosts
	Email     string // for the authority to write to; may be empty
	Directory string // the URL of the authority's directory
}

// ACME gets certificates from an authority, and renews them when two thirds of their life
// are over, or 30 days before its end. Nodes share what they get.
type ACME struct {
	hosts   []string
	manager *autocert.Manager
	cache   *cache
	said    *said
	ends    sync.Map // by host, a time: the end of the certificate that was given last
	logger  *slog.Logger
}

// NewACME makes an ACME, which needs Use before the first handshake.
func NewACME(o ACMEOptions, logger *slog.Logger) *ACME {
	c, s := &cache{}, &said{}
	return &ACME{hosts: o.Hosts, cache: c, said: s, logger: logger, manager: &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: c, HostPolicy: autocert.HostWhitelist(o.Hosts...), Email: o.Email,
		Client: &acme.Client{DirectoryURL: o.Directory, UserAgent: "parleyd", HTTPClient: &http.Client{Transport: s}},
	}}
}

// Use says on which engine the certificates are kept from now on.
func (a *ACME) Use(ctx context.Context, e *store.Engine) error { return a.cache.use(ctx, e) }

// TLS is the configuration with which the certificates are served. By a protocol of its own
// the authority tries whether a host is this server (TLS-ALPN-01, RFC 8737).
func (a *ACME) TLS() *tls.Config { return config(a.get, acme.ALPNProto) }

// get gives the certificate of the host that a client asks for, of the first host to one
// that asks for none, such as a health check by address.
func (a *ACME) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if hello.ServerName == "" {
		named := *hello
		named.ServerName = a.hosts[0]
		hello = &named
	}
	cert, err := a.manager.GetCertificate(hello)
	if err == nil && cert.Leaf != nil && !slices.Contains(hello.SupportedProtos, acme.ALPNProto) {
		a.ends.Store(hello.ServerName, cert.Leaf.NotAfter)
	}
	return cert, err
}

// Ends tells when the certificates expire, by host. It asks nobody: a host without one yet is
// not in it.
func (a *ACME) Ends() map[string]time.Time {
	ends := map[string]time.Time{}
	a.ends.Range(func(host, end any) bool {
		ends[host.(string)] = end.(time.Time)
		return true
	})
	return ends
}

// Names are the hosts.
func (a *ACME) Names() []string { return a.hosts }

// Covers is nil if there will be a certificate for a host.
func (a *ACME) Covers(host string) error {
	if slices.Contains(a.hosts, host) {
		return nil
	}
	return fmt.Errorf("no certificate will be for %s; those by ACME are for %s", host, strings.Join(a.hosts, ", "))
}

// Handler answers the challenges that come by plain HTTP (HTTP-01), and leaves everything
// else to next.
func (a *ACME) Handler(next http.Handler) http.Handler {
	answer := a.manager.HTTPHandler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/.well-known/acme-challenge/") {
			if host, _, err := net.SplitHostPort(r.Host); err == nil {
				r.Host = host // the port may be another one on this side
			}
		}
		answer.ServeHTTP(w, r)
	})
}

// Keep gets the certificates that are missing, so that no client waits for them, and logs
// what the authority says, also when a certificate is not renewed in time. It returns when
// ctx ends.
func (a *ACME) Keep(ctx context.Context) {
	a.obtain(ctx)
	for warned := (time.Time{}); ; {
		if now := time.Now(); now.Sub(warned) >= warnEvery && a.warnOfEnds(now) {
			warned = now
		}
		select {
		case <-time.After(time.Hour):
		case <-ctx.Done():
			return
		}
	}
}

// obtain returns when all certificates are there, or ctx ends.
func (a *ACME) obtain(ctx context.Context) {
	missing := slices.Clone(a.hosts)
	for wait := retryFrom; ; wait = min(2*wait, retryMost) {
		missing = slices.DeleteFunc(missing, a.obtained)
		if len(missing) == 0 {
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

func (a *ACME) obtained(host string) bool {
	a.said.take()
	cert, err := a.get(helloFor(host))
	if err != nil {
		a.logger.Error("there is no certificate for a host; it is asked for again", "host", host, "error", err, "authority", a.said.take())
		return false
	}
	a.logger.Info("there is a certificate for a host", "host", host, "is", describe(cert.Leaf))
	return true
}

// helloFor is that of a client of today that asks for a host.
func helloFor(host string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		ServerName: host, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256},
	}
}

// warnOfEnds logs which certificates should have been renewed, and tells whether any should.
func (a *ACME) warnOfEnds(now time.Time) (late bool) {
	for _, host := range a.hosts {
		cert, err := a.get(helloFor(host))
		if err == nil && isLate(cert.Leaf, now) {
			late = true
			a.logger.Error("a certificate is not renewed, although it is tried", "host", host, "is", describe(cert.Leaf), "authority", a.said.take())
		}
	}
	return late
}

// isLate tells whether a certificate should have been renewed some time ago.
func isLate(leaf *x509.Certificate, now time.Time) bool {
	return leaf.NotAfter.Sub(now) < min(warnFrom, leaf.NotAfter.Sub(leaf.NotBefore)/4)
}
