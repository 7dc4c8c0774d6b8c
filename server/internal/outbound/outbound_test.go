package outbound_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/server/internal/outbound"
)

func TestIsPrivate(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST.": true, "a.localhost": true, "127.0.0.1": true, "10.0.0.7": true, "192.168.1.1": true, "169.254.169.254": true,
		"0.0.0.0": true, "100.64.0.1": true, "::1": true, "::ffff:127.0.0.1": true, "fe80::1": true, "fc00::1": true,
		"login.example.com": false, "localhost.example.com": false, "8.8.8.8": false, "2606:4700::1111": false, "": false,
	} {
		assert.Equal(t, want, outbound.IsPrivate(host), host)
	}
}
