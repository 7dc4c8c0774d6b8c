package main

import (
	"fmt"
	"io"
	"net"
	"strings"
)

// hello is what is printed once the server can be used.
type hello struct {
	to          io.Writer
	version     string
	adminSecret string // not empty on the first start only
	anyApp      bool
}

// say prints everything in one write, so that no log line falls into it.
func (h hello) say(addr net.Addr, c config) {
	var text strings.Builder
	base := baseURL(addr)
	store := "the folder " + c.data
	if c.nats != "" {
		store = "NATS"
	}
	fmt.Fprintf(&text, "Parley %s is running, with its data in %s.\n\n", h.version, store)
	if c.demo {
		fmt.Fprintf(&text, "  demo page      %s/demo/\n", base)
	}
	fmt.Fprintf(&text, "  agent console  %s/console/%s\n", base, ifTrue(c.demo, "   log in as agent1, agent2 or lead, password: demo"))
	fmt.Fprintf(&text, "  script tag     <script src=\"%s/sdk/1/icf.sdk.js\"></script>\n\n", base)
	if h.adminSecret != "" {
		fmt.Fprintf(&text, "The admin secret, printed this once; only its digest is kept:\n\n  %s\n\n", h.adminSecret)
	}
	if !h.anyApp {
		fmt.Fprintf(&text, firstApp, base)
	}
	text.WriteString("Ctrl-C stops it.\n")
	_, _ = io.WriteString(h.to, text.String())
}

// firstApp is how to come from an empty server to a chat.
const firstApp = `There is no app yet. Make the first one with the admin secret; the answer holds its id:

  curl %[1]s/v1/apps -H 'content-type: application/json' -H 'x-hyper-secret: ADMIN-SECRET' \
    -d '{"name": "My site", "origins": ["https://www.example.com"]}'

and an agent for it, who can then log in to the console:

  curl %[1]s/v1/agents -H 'content-type: application/json' -H 'x-hyper-secret: ADMIN-SECRET' \
    -H 'x-hyper-appId: APP-ID' -d '{"username": "NAME", "password": "PASSWORD", "name": "Support"}'

What else there is to ask and to set is described at %[1]s/v1/openapi.json.

`

// baseURL is how a browser on this machine reaches the address.
func baseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return "http://" + net.JoinHostPort("localhost", port)
	}
	return "http://" + addr.String()
}

func ifTrue(condition bool, text string) string {
	if condition {
		return text
	}
	return ""
}
