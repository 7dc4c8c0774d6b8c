package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// Pair names the PEM files of a certificate, with its chain, and of its key.
type Pair struct{ Cert, Key string }

// Files are certificates that stand in files.
type Files struct {
	pairs   []Pair
	logger  *slog.Logger
	current atomic.Pointer[[]*tls.Certificate] // in the order of pairs

	inUse    content // of what is served
	pending  content // was there at the last look, and was wrong
	reported content // is wrong, and the log has it
	warned   time.Time
}

// content is what the files of all pairs hold. Two are equal if nothing has changed.
type content []string

// OpenFiles reads pairs of files. The error names the file, and what is in it.
func OpenFiles(pairs []Pair, logger *slog.Logger) (*Files, error) {
	f := &Files{pairs: pairs, logger: logger}
	now, err := f.read()
	if err != nil {
		return nil, err
	}
	return f, f.use(now)
}

// TLS is the configuration with which the certificates are served.
func (f *Files) TLS() *tls.Config { return config(f.get) }

// get gives the first certificate that the client can use for the host that it asks for,
// else the first.
func (f *Files) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	all := *f.current.Load()
	for _, c := range all {
		if hello.SupportsCertificate(c) == nil {
			return c, nil
		}
	}
	return all[0], nil
}

// Names are the hosts of the first certificate.
func (f *Files) Names() []string { return namesOf((*f.current.Load())[0].Leaf) }

// Ends tells when the certificates expire, by the first host of each. Of two for one host it
// is the earlier end.
func (f *Files) Ends() map[string]time.Time {
	ends := map[string]time.Time{}
	for _, c := range *f.current.Load() {
		host := namesOf(c.Leaf)[0]
		if before, two := ends[host]; !two || c.Leaf.NotAfter.Before(before) {
			ends[host] = c.Leaf.NotAfter
		}
	}
	return ends
}

// Covers is nil if one of the certificates is for a host. The error says for which they are.
func (f *Files) Covers(host string) error {
	text := ""
	for n, c := range *f.current.Load() {
		if c.Leaf.VerifyHostname(host) == nil {
			return nil
		}
		text += fmt.Sprintf("; %s is %s", f.pairs[n].Cert, describe(c.Leaf))
	}
	return fmt.Errorf("no certificate is for %s%s", host, text)
}

// read reads all files. A file that cannot be read is an error.
func (f *Files) read() (content, error) {
	var all content
	for _, p := range f.pairs {
		for _, name := range []string{p.Cert, p.Key} {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("cannot be read: %w", err) // which names the file
			}
			all = append(all, string(text))
		}
	}
	return all, nil
}

// use serves what the files hold from now on, unless something is wrong with it.
func (f *Files) use(now content) error {
	var all []*tls.Certificate
	for n, p := range f.pairs {
		c, err := parse(p, []byte(now[2*n]), []byte(now[2*n+1]))
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	f.current.Store(&all)
	f.inUse = now
	return nil
}

// parse makes a certificate of two files, and judges whether clients would take it.
func parse(p Pair, cert, key []byte) (*tls.Certificate, error) {
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, whatIsWrong(p, cert, key, err)
	}
	switch now := time.Now(); {
	case now.After(c.Leaf.NotAfter):
		return nil, fmt.Errorf("the certificate in %s has expired on %s; it is %s", p.Cert, date(c.Leaf.NotAfter), describe(c.Leaf))
	case now.Before(c.Leaf.NotBefore):
		return nil, fmt.Errorf("the certificate in %s is not valid before %s, and here it is %s; it is %s",
			p.Cert, date(c.Leaf.NotBefore), date(now), describe(c.Leaf))
	}
	return &c, nil
}

// whatIsWrong explains why certificate and key are no pair, more exactly than err does.
func whatIsWrong(p Pair, cert, key []byte, err error) error {
	block, _ := pem.Decode(cert)
	keyBlock, _ := pem.Decode(key)
	switch {
	case block == nil || block.Type != "CERTIFICATE":
		return fmt.Errorf("the file %s does not begin with a certificate in PEM (-----BEGIN CERTIFICATE-----)", p.Cert)
	case keyBlock == nil:
		return fmt.Errorf("the file %s has no key in PEM (-----BEGIN PRIVATE KEY-----)", p.Key)
	case keyBlock.Type == "ENCRYPTED PRIVATE KEY" || keyBlock.Headers["DEK-Info"] != "":
		return fmt.Errorf("the key in %s has a password; write it to the file without one, and let only this program read it", p.Key)
	}
	leaf, parseErr := x509.ParseCertificate(block.Bytes)
	if parseErr != nil {
		return fmt.Errorf("the certificate in %s cannot be read: %w", p.Cert, parseErr)
	}
	return fmt.Errorf("the key in %s does not go with the certificate in %s, which is %s: %w", p.Key, p.Cert, describe(leaf), err)
}
