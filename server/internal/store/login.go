package store

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
)

// Login is what a NATS server asks for, beside what its URL says. Everything may be empty.
type Login struct {
	User, Password string
	// Names of files. They are read again at each connection, so that what is in them can
	// be renewed.
	Credentials string // a user's JWT and seed, as nsc writes them
	NKey        string // the seed of a user's nkey
	CA          string // certificates of those who sign for servers, when the system does not know them
	Cert, Key   string // a client certificate and its key
}

// options gives the login to the library. The error names the file that cannot be used.
func (l Login) options() ([]nats.Option, error) {
	var list []nats.Option
	if l.User != "" {
		list = append(list, nats.UserInfo(l.User, l.Password))
	}
	if l.Credentials != "" {
		if _, err := os.ReadFile(l.Credentials); err != nil {
			return nil, fmt.Errorf("cannot read the NATS credentials: %w", err)
		}
		list = append(list, nats.UserCredentials(l.Credentials))
	}
	if l.NKey != "" {
		seed, err := nats.NkeyOptionFromSeed(l.NKey)
		if err != nil {
			return nil, fmt.Errorf("cannot use the NATS nkey in %s: %w; it must be the seed of a user, which begins with SU", l.NKey, err)
		}
		list = append(list, seed)
	}
	if l.CA != "" {
		known := nats.RootCAs(l.CA)
		if err := known(new(nats.Options)); err != nil {
			return nil, fmt.Errorf("cannot use the certificates of NATS's CA in %s: %w", l.CA, err)
		}
		list = append(list, known)
	}
	if l.Cert != "" {
		client := nats.ClientCert(l.Cert, l.Key)
		if err := client(new(nats.Options)); err != nil {
			return nil, fmt.Errorf("cannot use the NATS client certificate in %s with the key in %s: %w", l.Cert, l.Key, err)
		}
		list = append(list, client)
	}
	return list, nil
}

// explainDial says why there is no connection to the servers of a name, and what to do.
func explainDial(name string, err error) error {
	var unreadable *url.Error
	var stranger x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unreadable): // without the address, which may hold a password
		return fmt.Errorf("cannot connect to NATS at %s: %w; write it like nats://host:4222", name, unreadable.Err)
	case isRefused(err):
		return fmt.Errorf("NATS at %s refuses the log-in: %w; check the user and the password, or the file of the nkey or the credentials", name, err)
	case errors.As(err, &stranger):
		return fmt.Errorf("NATS at %s has a certificate that nobody known has signed: %w; name the file with the certificates of its CA", name, err)
	case isTLS(err): // TLS 1.3 says why only after the handshake, and the connection may be closed before that is read
		return fmt.Errorf("cannot connect to NATS at %s: %w; if it asks for a client certificate, name one and its key", name, err)
	case errors.Is(err, nats.ErrNoServers):
		return fmt.Errorf("cannot connect to NATS at %s: nobody answers there; check the address, and that it runs", name)
	}
	return fmt.Errorf("cannot connect to NATS at %s: %w; check the address, and what it asks for", name, err)
}

// isTLS tells whether a handshake has failed. The library has no error of its own for it.
func isTLS(err error) bool { return strings.Contains(err.Error(), "tls") }

func isRefused(err error) bool {
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked)
}
