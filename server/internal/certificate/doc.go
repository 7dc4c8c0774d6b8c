// Package certificate has the certificates of the server's own TLS: from files, which may
// change while it runs, or from a certificate authority by ACME (RFC 8555).
//
// Floor 2: it imports store.
//
//	files.go    reads pairs of files, and says what is wrong with one
//	reload.go   notices that they have changed, and that one expires soon
//	acme.go     certificates by ACME, obtained before the first client asks
//	said.go     what the authority says when it refuses
//	cache.go    where those are kept, for all nodes
package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"
)

// config is the configuration of TLS for HTTP/2 and HTTP/1.1, and for protocols of more.
// What is older than TLS 1.2 is refused.
func config(get func(*tls.ClientHelloInfo) (*tls.Certificate, error), more ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: get, NextProtos: append([]string{"h2", "http/1.1"}, more...),
	}
}

// describe names the hosts of a certificate, and when it holds.
func describe(leaf *x509.Certificate) string {
	return "for " + strings.Join(namesOf(leaf), ", ") + "; valid from " + date(leaf.NotBefore) + " to " + date(leaf.NotAfter)
}

func namesOf(leaf *x509.Certificate) []string {
	names := append([]string{}, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = append(names, "no host")
	}
	return names
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
