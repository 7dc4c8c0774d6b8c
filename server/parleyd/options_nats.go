package main

import (
	"errors"

	"parley/server"
)

// loginOptions are what a NATS server may ask for.
func (c *config) loginOptions(o *options) {
	add(o, &c.login.User, "nats-user", "", "`name` of the user of NATS, where -nats has none")
	addSecret(o, &c.login.Password, "nats-password", "`password` of -nats-user", hidden)
	add(o, &c.login.Credentials, "nats-creds", "", "`FILE` with the credentials of a user of NATS, a JWT and a seed, as nsc writes them")
	add(o, &c.login.NKey, "nats-nkey", "", "`FILE` with the seed of a user's nkey, which begins with SU")
	add(o, &c.login.CA, "nats-ca", "", "`FILE` with the certificates of those who have signed NATS's, if the system does not know them")
	add(o, &c.login.Cert, "nats-cert", "", "`FILE` with a client certificate, where NATS asks for one")
	add(o, &c.login.Key, "nats-key", "", "`FILE` with the key of -nats-cert")
}

// checkLogin refuses what NATS would never be asked with.
func (c *config) checkLogin() (wrong []error) {
	l := c.login
	ways := 0
	for _, way := range []string{l.User, l.Credentials, l.NKey} {
		if way != "" {
			ways++
		}
	}
	if ways > 1 {
		wrong = append(wrong, errors.New("-nats-user, -nats-creds and -nats-nkey are three ways to log in: give one of them"))
	}
	if (l.User == "") != (l.Password == "") {
		wrong = append(wrong, errors.New("-nats-user and -nats-password belong together: give both"))
	}
	if (l.Cert == "") != (l.Key == "") {
		wrong = append(wrong, errors.New("-nats-cert and -nats-key belong together: give both"))
	}
	if c.nats == "" && l != (server.EngineLogin{}) {
		wrong = append(wrong, errors.New("-nats is missing: without it nothing is asked of NATS, and the other options that begin with -nats do nothing"))
	}
	return wrong
}
