package main

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"strings"
)

// greeting is what is printed once the server can be used.
type greeting struct {
	to          io.Writer
	version     string
	adminSecret string // on the first start only, else ""
	anyApp      bool   // whether there is an app
}

// print writes everything in one write, so that no log line comes in between.
func (g greeting) print(f *front, c config) {
	var text strings.Builder
	base := baseURL(f.main.Addr(), f.certificates) + string(c.address.BasePath)
	public := cmp.Or(string(c.address.PublicURL), base)
	store := "the folder " + c.data
	if c.nats != "" {
		store = "NATS"
	}
	fmt.Fprintf(&text, "Parley %s is running, with its data in %s.\n\n", g.version, store)
	if c.demo {
		fmt.Fprintf(&text, "  demo page      %s/demo/\n", base)
	}
	fmt.Fprintf(&text, "  agent console  %s/console/%s\n", base, ifTrue(c.demo, "   log in as agent1, agent2 or lead, password: demo"))
	fmt.Fprintf(&text, "  script tag     <script src=\"%s/sdk/1/icf.sdk.js\"></script>\n\n", public)
	if g.adminSecret != "" {
		fmt.Fprintf(&text, "The admin secret. It is printed only now; keep it, the server stores only its digest:\n\n  %s\n\n", g.adminSecret)
	}
	if !g.anyApp && c.adminFile != "" {
		fmt.Fprintf(&text, "The admin secret is in the file %s.\n\n", c.adminFile)
	}
	if !g.anyApp {
		fmt.Fprintf(&text, firstApp, base)
	}
	text.WriteString("Ctrl-C stops it.\n")
	_, _ = io.WriteString(g.to, text.String())
}

// firstApp says how to get from an empty server to a chat.
const firstApp = `There is no app yet. Create one with the admin secret; the answer has its id:

  curl %[1]s/v1/apps -H 'content-type: application/json' -H 'x-hyper-secret: ADMIN-SECRET' \
    -d '{"name": "My site", "origins": ["https://www.example.com"]}'

Then create an agent, who can log in to the console:

  curl %[1]s/v1/agents -H 'content-type: application/json' -H 'x-hyper-secret: ADMIN-SECRET' \
    -H 'x-hyper-appId: APP-ID' -d '{"username": "NAME", "password": "PASSWORD", "name": "Support"}'

All requests and settings are described at %[1]s/v1/openapi.json.

`

// baseURL is the server's address for a browser on this machine. With TLS it has a host that
// a certificate is for.
func baseURL(addr net.Addr, of certificates) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	if of == nil {
		return "http://" + net.JoinHostPort(host, port)
	}
	if of.Covers(host) != nil {
		host = strings.Replace(of.Names()[0], "*", "www", 1)
	}
	if port == "443" {
		return "https://" + host
	}
	return "https://" + net.JoinHostPort(host, port)
}

func ifTrue(condition bool, text string) string {
	if condition {
		return text
	}
	return ""
}
