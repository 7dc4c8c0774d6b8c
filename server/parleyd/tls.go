package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"parley/server"
)

// tlsOptions say by which certificates the server has TLS of its own. Without any it
// serves plain HTTP, and TLS is a proxy's.
type tlsOptions struct {
	certs, keys string // names of files, separated by commas
	acme        server.ACMEOptions
	httpAddr    string
}

func (o tlsOptions) isOn() bool { return o.certs != "" || len(o.acme.Hosts) > 0 }

// names gives the parts of a list that is separated by commas.
func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// tlsOptions make the options.
func (c *config) tlsOptions(o *options) {
	add(o, &c.tls.certs, "tls-cert", "", "`files` of PEM, separated by commas, with the certificates, and their chains, for TLS of the server's own; "+
		"they are read anew when they change")
	add(o, &c.tls.keys, "tls-key", "", "`files` of PEM with the keys of the certificates, in the same order")
	add(o, &c.tls.acme.Hosts, "acme-hosts", c.tls.acme.Hosts, "`names` of hosts, separated by commas, to get certificates for by ACME, "+
		"such as from Let's Encrypt, to whose terms you agree by it")
	add(o, &c.tls.acme.Email, "acme-email", "", "`address` at which the authority of -acme-hosts reaches you")
	add(o, &c.tls.acme.Directory, "acme-directory", "https://acme-v02.api.letsencrypt.org/directory",
		"`URL` of the directory of the authority of -acme-hosts", isHTTPS)
	add(o, &c.tls.httpAddr, "http-addr", "",
		"`host:port` on which to send those who come by plain HTTP to https, and to answer the authority of -acme-hosts")
	add(o, &c.address.StrictFor, "hsts", 365*day, "`time` for which browsers shall reach the host by https alone (HSTS), "+
		"where that is how they reach it; 0 leaves it open", atLeast(time.Duration(0)))
}

func isHTTPS(url string) error {
	if !strings.HasPrefix(url, "https://") {
		return errors.New("must be an https:// URL")
	}
	return nil
}

// checkTLS refuses options that do not go together.
func (c *config) checkTLS() (wrong []error) {
	o := c.tls
	if certs, keys := len(names(o.certs)), len(names(o.keys)); certs != keys {
		wrong = append(wrong, fmt.Errorf("-tls-cert and -tls-key: each certificate needs its key: there are %d and %d", certs, keys))
	}
	if o.certs != "" && len(o.acme.Hosts) > 0 {
		wrong = append(wrong, errors.New("-tls-cert and -acme-hosts: certificates come from files or by ACME; give one of the two"))
	}
	if o.httpAddr != "" && !o.isOn() {
		wrong = append(wrong, errors.New("-http-addr: is for those who come by plain HTTP to a server with TLS; "+
			"give -tls-cert or -acme-hosts, or use -addr alone"))
	}
	if o.isOn() && strings.HasPrefix(string(c.address.PublicURL), "http://") {
		wrong = append(wrong, errors.New("-public-url: must be https://, as the server has TLS of its own"))
	}
	return wrong
}

// certificates are those of the server's own TLS.
type certificates interface {
	TLS() *tls.Config
	Names() []string
	Covers(host string) error
	Ends() map[string]time.Time
}

// openCertificates reads the certificates of the options, if there are any.
func (f *front) openCertificates(c config, logger *slog.Logger) error {
	var pairs []server.CertificatePair
	certs, keys := names(c.tls.certs), names(c.tls.keys)
	for n := range min(len(certs), len(keys)) {
		pairs = append(pairs, server.CertificatePair{Cert: certs[n], Key: keys[n]})
	}
	switch {
	case len(pairs) > 0:
		files, err := server.OpenCertificates(pairs, logger)
		if err != nil {
			return fmt.Errorf("-tls-cert: %w", err)
		}
		f.files, f.certificates = files, files
	case len(c.tls.acme.Hosts) > 0:
		f.acme = server.NewACME(c.tls.acme, logger)
		f.certificates = f.acme
	default:
		return nil
	}
	if host := c.address.PublicURL.Host(); host != "" {
		if err := f.certificates.Covers(host); err != nil {
			return fmt.Errorf("-public-url: %w", err)
		}
	}
	return nil
}
