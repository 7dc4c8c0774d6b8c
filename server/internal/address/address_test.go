package address

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type headers map[string]string

// reached is what next got of a request.
type reached struct{ base, host, path string }

func serve(t *testing.T, o Options, sender, target string, h headers) (reached, *httptest.ResponseRecorder) {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	r.Host, r.RemoteAddr = "inner:8000", sender
	for name, value := range h {
		r.Header.Set(name, value)
	}
	var got reached
	w := httptest.NewRecorder()
	o.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = reached{Of(r), r.Host, r.URL.EscapedPath()}
	})).ServeHTTP(w, r)
	return got, w
}

// What is written is the public URL, else what a trusted proxy says, else what was asked.
func TestOf(t *testing.T) {
	const near, far = "127.0.0.1:4711", "192.0.2.7:4711"
	below := headers{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example", "X-Forwarded-Prefix": "/chat"}
	inDocker := Options{}
	require.NoError(t, inDocker.TrustedProxies.UnmarshalText([]byte("192.0.2.0/24, 2001:db8::/32")))
	nobody := Options{TrustedProxies: Networks{}}
	for name, tc := range map[string]struct {
		options    Options
		sender     string
		headers    headers
		base, host string
	}{
		"asked directly":                  {Options{}, far, nil, "http://inner:8000", "inner:8000"},
		"a proxy on this machine":         {Options{}, near, below, "https://shop.example/chat", "shop.example"},
		"the same over IPv6":              {Options{}, "[::1]:1", below, "https://shop.example/chat", "shop.example"},
		"IPv4 written as IPv6":            {Options{}, "[::ffff:127.0.0.1]:1", below, "https://shop.example/chat", "shop.example"},
		"a proxy elsewhere":               {Options{}, far, below, "http://inner:8000", "inner:8000"},
		"a trusted proxy elsewhere":       {inDocker, far, below, "https://shop.example/chat", "shop.example"},
		"a trusted one with a zone":       {inDocker, "[2001:db8::1%eth0]:1", below, "https://shop.example/chat", "shop.example"},
		"this machine, if others are":     {inDocker, near, below, "http://inner:8000", "inner:8000"},
		"nobody is trusted":               {nobody, near, below, "http://inner:8000", "inner:8000"},
		"no sender":                       {Options{}, "@", below, "http://inner:8000", "inner:8000"},
		"the public URL":                  {Options{PublicURL: "https://a.example/x"}, far, nil, "https://a.example/x", "inner:8000"},
		"the public URL before a proxy":   {Options{PublicURL: "https://a.example"}, near, below, "https://a.example", "shop.example"},
		"the base path":                   {Options{BasePath: "/chat"}, far, nil, "http://inner:8000/chat", "inner:8000"},
		"a base path, and a proxy's":      {Options{BasePath: "/live"}, near, below, "https://shop.example/chat/live", "shop.example"},
		"a proxy that names the base":     {Options{BasePath: "/chat"}, near, below, "https://shop.example/chat", "shop.example"},
		"only the scheme":                 {Options{}, near, headers{"X-Forwarded-Proto": "HTTPS"}, "https://inner:8000", "inner:8000"},
		"the WebSocket's scheme":          {Options{}, near, headers{"X-Forwarded-Proto": "wss"}, "https://inner:8000", "inner:8000"},
		"two proxies in a row":            {Options{}, near, headers{"X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "a.example:8443, b", "X-Forwarded-Prefix": "/a, /b/"}, "https://a.example:8443/a/b", "a.example:8443"},
		"an IPv6 host":                    {Options{}, near, headers{"X-Forwarded-Host": "[::1]:80"}, "http://[::1]:80", "[::1]:80"},
		"no scheme at all":                {Options{}, near, headers{"X-Forwarded-Proto": "ftp"}, "http://inner:8000", "inner:8000"},
		"a host that is markup":           {Options{}, near, headers{"X-Forwarded-Host": `x"><script>`}, "http://inner:8000", "inner:8000"},
		"a host with a user":              {Options{}, near, headers{"X-Forwarded-Host": "a@evil.example"}, "http://inner:8000", "inner:8000"},
		"a prefix that is a host":         {Options{}, near, headers{"X-Forwarded-Prefix": "//evil.example"}, "http://inner:8000", "inner:8000"},
		"a prefix that leads out":         {Options{}, near, headers{"X-Forwarded-Prefix": "/a/../b"}, "http://inner:8000", "inner:8000"},
		"a prefix without its slash":      {Options{}, near, headers{"X-Forwarded-Prefix": "chat"}, "http://inner:8000", "inner:8000"},
		"a prefix that is the root":       {Options{}, near, headers{"X-Forwarded-Prefix": "/"}, "http://inner:8000", "inner:8000"},
		"everything empty":                {Options{}, near, headers{"X-Forwarded-Prefix": "", "X-Forwarded-Host": "", "X-Forwarded-Proto": ""}, "http://inner:8000", "inner:8000"},
		"one of two prefixes is no path":  {Options{}, near, headers{"X-Forwarded-Prefix": "/a, ?"}, "http://inner:8000", "inner:8000"},
		"a prefix that changes, at first": {Options{}, near, headers{"X-Forwarded-Prefix": "/old"}, "http://inner:8000/old", "inner:8000"},
		"a prefix that changes, then":     {Options{}, near, headers{"X-Forwarded-Prefix": "/new"}, "http://inner:8000/new", "inner:8000"},
	} {
		t.Run(name, func(t *testing.T) {
			target := string(tc.options.BasePath) + "/v1/x?y=1"
			got, _ := serve(t, tc.options, tc.sender, target, tc.headers)
			assert.Equal(t, reached{tc.base, tc.host, "/v1/x"}, got)
		})
	}
	r := httptest.NewRequest("GET", "https://example.com/v1/id", nil)
	assert.Equal(t, "https://example.com", Of(r), "also of a request that Handler has not seen")
}

// The server is sure of what its operator says, and of this machine.
func TestOwnOrigin(t *testing.T) {
	behind := headers{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example:8443", "X-Forwarded-Prefix": "/chat"}
	for name, tc := range map[string]struct {
		options Options
		host    string
		headers headers
		want    string
	}{
		"a host of the request alone":   {Options{}, "shop.example", nil, ""},
		"a proxy's alone":               {Options{}, "inner", behind, ""},
		"a host that is listed":         {Options{Hosts: Hosts{"shop.example"}}, "shop.example:8000", nil, "http://shop.example:8000"},
		"a listed one behind a proxy":   {Options{Hosts: Hosts{"shop.example"}}, "inner", behind, "https://shop.example:8443"},
		"the public URL":                {Options{PublicURL: "https://a.example/chat"}, "evil.example", nil, "https://a.example"},
		"this machine":                  {Options{}, "localhost:8000", nil, "http://localhost:8000"},
		"this machine by another name":  {Options{}, "chat.LOCALHOST", nil, "http://chat.LOCALHOST"},
		"its address":                   {Options{}, "127.0.0.1:8000", nil, "http://127.0.0.1:8000"},
		"its address, IPv6":             {Options{}, "[::1]:8000", nil, "http://[::1]:8000"},
		"another address":               {Options{}, "192.0.2.7:8000", nil, ""},
		"a host that is called like it": {Options{}, "localhost.example", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/v1/x", nil)
			r.Host, r.RemoteAddr = tc.host, "127.0.0.1:1"
			for name, value := range tc.headers {
				r.Header.Set(name, value)
			}
			got := "not called"
			tc.options.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = OwnOrigin(r) })).ServeHTTP(httptest.NewRecorder(), r)
			assert.Equal(t, tc.want, got)
		})
	}
}

// Where the server's pages are is for the options to say, whatever a request says.
func TestNamed(t *testing.T) {
	for name, tc := range map[string]struct {
		options Options
		want    []string
	}{
		"nothing":                   {Options{}, nil},
		"the public URL":            {Options{PublicURL: "http://a.example:8000/chat"}, []string{"http://a.example:8000"}},
		"hosts":                     {Options{Hosts: Hosts{"localhost", "b.example"}}, []string{"https://localhost", "https://b.example"}},
		"the public URL over hosts": {Options{PublicURL: "https://a.example", Hosts: Hosts{"localhost", "b.example"}}, []string{"https://a.example"}},
	} {
		r := httptest.NewRequest("GET", "/v1/x", nil)
		r.Host = "localhost"
		called := false
		tc.options.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			called = true
			assert.Equal(t, tc.want, Named(r), name)
		})).ServeHTTP(httptest.NewRecorder(), r)
		assert.True(t, called, name)
	}
}

func TestBasePath(t *testing.T) {
	o := Options{BasePath: "/a/b"}
	for target, path := range map[string]string{
		"/a/b/": "/", "/a/b/v1/x": "/v1/x", "/a/b/a/b/": "/a/b/", "/a/b/v1/a%2Fb": "/v1/a%2Fb", "/healthz": "/healthz", "/a/b/healthz": "/healthz",
	} {
		got, _ := serve(t, o, "192.0.2.7:1", target, nil)
		assert.Equal(t, path, got.path, target)
	}
	for _, target := range []string{"/", "/a", "/a/bc", "/v1/x", "/A/B/", "/%61/b/v1/x", "/x/a/b/"} {
		got, w := serve(t, o, "192.0.2.7:1", target, nil)
		assert.Empty(t, got, target)
		assert.Equal(t, http.StatusNotFound, w.Code, target)
		assert.Contains(t, w.Body.String(), "/a/b/", target)
	}
	_, w := serve(t, o, "192.0.2.7:1", "/a/b", nil)
	assert.Equal(t, http.StatusFound, w.Code)
	assert.Equal(t, "b/", w.Header().Get("Location"))
}

// A proxy that cuts a prefix off without its slash leaves two slashes.
func TestRepeatedSlashes(t *testing.T) {
	for target, want := range map[string]reached{
		"/a/b//demo/": {"http://inner:8000/a/b", "inner:8000", "/demo/"}, "//a//b/v1///x%2F%2Fy": {"http://inner:8000/a/b", "inner:8000", "/v1/x%2F%2Fy"},
	} {
		got, _ := serve(t, Options{BasePath: "/a/b"}, "192.0.2.7:1", "http://inner:8000"+target, nil)
		assert.Equal(t, want, got, target)
	}
	got, _ := serve(t, Options{}, "192.0.2.7:1", "http://inner:8000//v1/users//", nil)
	assert.Equal(t, "/v1/users/", got.path)
}

func TestValues(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "https://a.example": "https://a.example", "http://a.example:8000/": "http://a.example:8000", "https://a.example/chat/": "https://a.example/chat",
	} {
		var p PublicURL
		require.NoError(t, p.UnmarshalText([]byte(text)))
		assert.EqualValues(t, want, p)
	}
	assert.Equal(t, "https://a.example:8443", PublicURL("https://a.example:8443/chat").Origin())
	assert.Empty(t, PublicURL("").Origin())
	for _, text := range []string{
		"a.example", "//a.example", "/chat", "ftp://a.example", "https://", "https://a.example?x", "https://a.example#x", "https://a.example#", "https://u:p@a.example",
		"https://a.example/..", "https://a.example/a b", "https://a.example/%2e", "https://a.example//b", "https://a.example:99999", "https://a.example:0", "ht tp://x", "javascript:alert(1)", "https://a.example/<x>",
	} {
		var p PublicURL
		assert.ErrorContains(t, p.UnmarshalText([]byte(text)), "like ", text)
	}
	for _, text := range []string{"chat", "/a//b", "/..", "/a/./b", "/a b", "/a?b", "/ä", "//", `/"`, "/a%20b"} {
		var p Path
		assert.ErrorContains(t, p.UnmarshalText([]byte(text)), "must begin with a slash", text)
	}
	for text, want := range map[string]string{
		"none": "none", "": "none", "127.0.0.1": "127.0.0.1/32", "10.1.2.3/8 ::1": "10.0.0.0/8,::1/128",
	} {
		var n Networks
		require.NoError(t, n.UnmarshalText([]byte(text)))
		assert.NotNil(t, n)
		got, err := n.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
	for _, text := range []string{"10.0.0.0/40", "localhost", "10.0.0", "*", "none,127.0.0.1"} {
		var n Networks
		assert.ErrorContains(t, n.UnmarshalText([]byte(text)), "neither an address nor a network", text)
	}
}

// With a list of hosts the server answers to no other name, whoever says it.
func TestHosts(t *testing.T) {
	var o Options
	require.NoError(t, o.Hosts.UnmarshalText([]byte("Chat.example, 192.0.2.7, [2001:db8::7]")))
	for host, want := range map[string]int{
		"chat.example": 200, "CHAT.example:8000": 200, "chat.example.": 200, "192.0.2.7:8000": 200, "[2001:db8::7]:8000": 200,
		"evil.example": 421, "evil.example:8000": 421, "chat.example.evil.example": 421, "2001:db8::7": 421, "": 421, "127.0.0.1": 421,
	} {
		_, w := serve(t, o, "127.0.0.1:1", "/v1/settings", headers{"X-Forwarded-Host": host})
		if host != "" {
			assert.Equal(t, want, w.Code, host)
		}
	}
	_, w := serve(t, o, "192.0.2.1:1", "/v1/settings", headers{"X-Forwarded-Host": "chat.example"})
	assert.Equal(t, 421, w.Code, "only a trusted proxy says what the client has asked for")
	_, w = serve(t, o, "192.0.2.1:1", "/healthz", nil)
	assert.Equal(t, 200, w.Code, "a health check asks by address")
	for _, wrong := range []string{"chat.example:8000", "https://chat.example", "a/b", "*"} {
		assert.Error(t, o.Hosts.UnmarshalText([]byte(wrong)), wrong)
	}
}

// A browser is told to keep to https where the server has a host for itself.
func TestStrictTransport(t *testing.T) {
	secure := headers{"X-Forwarded-Proto": "https"}
	for _, tc := range []struct {
		name    string
		options Options
		sender  string
		headers headers
		want    string
	}{
		{"http", Options{StrictFor: time.Hour}, "127.0.0.1:1", nil, ""},
		{"https at the proxy", Options{StrictFor: time.Hour}, "127.0.0.1:1", secure, "max-age=3600"},
		{"https as a stranger says", Options{StrictFor: time.Hour}, "192.0.2.7:1", secure, ""},
		{"the public URL", Options{StrictFor: time.Hour, PublicURL: "https://chat.example"}, "192.0.2.7:1", nil, "max-age=3600"},
		{"turned off", Options{PublicURL: "https://chat.example"}, "192.0.2.7:1", nil, ""},
		{"below a path of a host of others", Options{StrictFor: time.Hour, PublicURL: "https://www.example/chat"}, "192.0.2.7:1", nil, ""},
		{"this machine, which has other servers", Options{StrictFor: time.Hour}, "127.0.0.1:1",
			headers{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "localhost:8443"}, ""},
	} {
		_, w := serve(t, tc.options, tc.sender, "/v1/settings", tc.headers)
		assert.Equal(t, tc.want, w.Header().Get("Strict-Transport-Security"), tc.name)
	}
}
