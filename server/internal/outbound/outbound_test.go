package outbound_test

import (
	"errors"
	"fmt"
	"net"
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

// What is said of a target that cannot be reached names no address of a connection.
func TestWhy(t *testing.T) {
	t.Parallel()
	own := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 5), Port: 33444}
	for want, err := range map[string]error{
		"connection refused": &net.OpError{Op: "dial", Net: "tcp", Addr: own, Err: errors.New("connection refused")},
		"connection reset":   fmt.Errorf("Post: %w", &net.OpError{Op: "read", Net: "tcp", Source: own, Addr: own, Err: errors.New("connection reset")}),
		"unknown authority":  errors.New("unknown authority"),
	} {
		assert.Equal(t, want, outbound.Why(err))
	}
}
