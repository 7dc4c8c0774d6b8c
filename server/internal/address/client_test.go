package address

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The client is the peer, or who the trusted proxies say that it is.
func TestClient(t *testing.T) {
	const near, far = "127.0.0.1:4711", "192.0.2.7:4711"
	for name, tc := range map[string]struct {
		peer                string
		forwarded, standard string
		client              string
	}{
		"the peer":                            {far, "", "", "192.0.2.7"},
		"a stranger who says more":            {far, "198.51.100.1", "for=198.51.100.1", "192.0.2.7"},
		"IPv4 written as IPv6":                {"[::ffff:192.0.2.7]:1", "", "", "192.0.2.7"},
		"a zone":                              {"[fe80::1%eth0]:1", "", "", "fe80::1"},
		"no address":                          {"@", "", "", "invalid IP"},
		"a proxy that says nothing":           {near, "", "", "127.0.0.1"},
		"a proxy":                             {near, "198.51.100.1", "", "198.51.100.1"},
		"a proxy, of a client that says more": {near, "203.0.113.9, 198.51.100.1", "", "198.51.100.1"},
		"two proxies":                         {near, "198.51.100.1, 10.0.0.7", "", "198.51.100.1"},
		"only proxies":                        {near, "10.0.0.8, 10.0.0.7", "", "10.0.0.8"},
		"with a port":                         {near, "198.51.100.1:4000", "", "198.51.100.1"},
		"IPv6 with a port":                    {near, "[2001:db8::1]:4000", "", "2001:db8::1"},
		"IPv6":                                {near, "2001:db8::1", "", "2001:db8::1"},
		"an entry that is no address":         {near, "198.51.100.1, unknown, 10.0.0.7", "", "10.0.0.7"},
		"the standard's header":               {near, "", `for=203.0.113.9, For="[2001:db8::1]:4000";proto=https`, "2001:db8::1"},
		"the standard's header, hidden":       {near, "", `for=203.0.113.9, for=_hidden`, "127.0.0.1"},
		"the standard's header, without for":  {near, "", `for=203.0.113.9, proto=https`, "127.0.0.1"},
		"both headers agree":                  {near, "198.51.100.1", "for=198.51.100.1", "198.51.100.1"},
		"both headers disagree":               {near, "198.51.100.1", "for=203.0.113.9", "::"},
	} {
		o := Options{TrustedProxies: Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}}
		r := httptest.NewRequest("GET", "/v1/id", nil)
		r.RemoteAddr = tc.peer
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		if tc.standard != "" {
			r.Header.Set("Forwarded", tc.standard)
		}
		var client netip.Addr
		o.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { client = Client(r) })).ServeHTTP(httptest.NewRecorder(), r)
		assert.Equal(t, tc.client, client.String(), name)
	}
}

// All lines of a header count, whichever are empty.
func TestClientOfSeveralLines(t *testing.T) {
	for name, tc := range map[string]struct {
		custom, standard []string
		client, rivals   string
	}{
		"an empty line before":                     {[]string{"", "198.51.100.9"}, nil, "198.51.100.9", "[]"},
		"an empty line behind":                     {[]string{"198.51.100.9", ""}, nil, "198.51.100.9", "[]"},
		"empty elements":                           {[]string{" , 198.51.100.9 ,"}, nil, "198.51.100.9", "[]"},
		"a line of the client's before":            {[]string{"203.0.113.9", "198.51.100.9"}, nil, "198.51.100.9", "[]"},
		"an empty line, and another list":          {[]string{"", "198.51.100.9"}, []string{"for=10.7.1.1"}, "::", "[10.7.1.1 198.51.100.9]"},
		"an empty line, and this machine":          {[]string{"", "198.51.100.9"}, []string{"for=127.0.0.1"}, "::", "[127.0.0.1 198.51.100.9]"},
		"an empty line of the standard":            {[]string{"203.0.113.9"}, []string{"", "for=198.51.100.9"}, "::", "[198.51.100.9 203.0.113.9]"},
		"empty lines of the standard alone":        {[]string{"198.51.100.9"}, []string{"", " , "}, "198.51.100.9", "[]"},
		"empty lines of the other alone":           {[]string{"", ","}, []string{"for=198.51.100.9"}, "198.51.100.9", "[]"},
		"two lines of the standard":                {nil, []string{"for=203.0.113.9", "for=198.51.100.9, "}, "198.51.100.9", "[]"},
		"an element without an address at the end": {[]string{"198.51.100.9"}, []string{"for=203.0.113.9, by=x"}, "::", "[127.0.0.1 198.51.100.9]"},
	} {
		o := Options{TrustedProxies: Networks{netip.MustParsePrefix("127.0.0.0/8")}}
		r := httptest.NewRequest("GET", "/v1/id", nil)
		r.RemoteAddr = "127.0.0.1:4711"
		r.Header["X-Forwarded-For"], r.Header["Forwarded"] = tc.custom, tc.standard
		var got Sender
		o.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = SenderOf(r) })).ServeHTTP(httptest.NewRecorder(), r)
		assert.Equal(t, []string{tc.client, tc.rivals}, []string{got.Client.String(), fmt.Sprint(got.Rivals)}, name)
	}
}
