package identity

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/storetest"
)

func TestOriginAllowed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, pattern, origin, host string
		want                        bool
	}{
		{"own page", "", "http://chat.example:8000", "chat.example:8000", true},
		{"own page, other case", "", "http://Chat.Example", "chat.example", true},
		{"own page behind a proxy for https", "", "https://chat.example", "chat.example", true},
		{"own page, port written out", "", "https://chat.example", "chat.example:443", true},
		{"own page of a v6 address", "", "http://[::1]:8000", "[::1]:8000", true},
		{"other port of this host", "", "http://chat.example:9000", "chat.example:8000", false},
		{"empty list", "", "https://shop.example", "chat.example", false},
		{"no host known", "", "https://shop.example", "", false},
		{"no host, no origin", "", "", "", false},
		{"every origin", "*", "https://shop.example", "chat.example", true},
		{"every origin, opaque", "*", "null", "chat.example", true},
		{"opaque", "https://shop.example", "null", "chat.example", false},
		{"listed", "https://shop.example", "https://shop.example", "chat.example", true},
		{"listed, other case", "https://Shop.example", "HTTPS://shop.EXAMPLE", "chat.example", true},
		{"listed, port written out", "https://shop.example:443", "https://shop.example", "chat.example", true},
		{"other scheme", "https://shop.example", "http://shop.example", "chat.example", false},
		{"other port", "https://shop.example", "https://shop.example:8443", "chat.example", false},
		{"longer name", "https://shop.example", "https://shop.example.evil.example", "chat.example", false},
		{"with a path", "https://shop.example", "https://shop.example/path", "chat.example", false},
		{"with a user", "https://shop.example", "https://shop.example@evil.example", "chat.example", false},
		{"below", "https://*.shop.example", "https://de.shop.example", "chat.example", true},
		{"far below", "https://*.shop.example", "https://a.b.shop.example", "chat.example", true},
		{"below, with the port", "https://*.shop.example:8443", "https://de.shop.example:8443", "chat.example", true},
		{"below, other port", "https://*.shop.example", "https://de.shop.example:8443", "chat.example", false},
		{"not below itself", "https://*.shop.example", "https://shop.example", "chat.example", false},
		{"below nothing", "https://*.shop.example", "https://.shop.example", "chat.example", false},
		{"same end of name", "https://*.shop.example", "https://myshop.example", "chat.example", false},
		{"garbage", "https://shop.example", "::::", "chat.example", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			app := App{}
			if tc.pattern != "" {
				app.Origins = []string{tc.pattern}
			}
			assert.Equal(t, tc.want, originAllowed(app, tc.origin, tc.host))
		})
	}
}

func TestCheckOrigins(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"*", "https://shop.example", "http://localhost:3000", "https://*.shop.example", "http://[::1]:80"} {
		assert.NoError(t, checkOrigins([]string{good}), good)
	}
	for _, bad := range []string{
		"", "shop.example", "https://", "https://shop.example/", "https://shop.example/path", "ftp://shop.example", "null",
		"https://sh*p.example", "https://*.*.example", "https://*", "https://*.", "https://a@shop.example", "https://shop.example?", "https://shop.example#",
	} {
		assert.ErrorContains(t, checkOrigins([]string{bad}), "origins: \""+bad+"\"", bad)
	}
	assert.ErrorContains(t, checkOrigins(make([]string, 1001)), "1001")
}

func TestAllowOriginsForEveryApp(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(t, t.TempDir())
	i, err := Open(t.Context(), e, AllowOrigins("https://intranet.example"))
	require.NoError(t, err)
	_, err = i.CreateApp(t.Context(), App{ID: "shop", Origins: []string{"https://shop.example"}}, "secret")
	require.NoError(t, err)
	for origin, want := range map[string]bool{"https://intranet.example": true, "https://shop.example": true, "https://else.example": false} {
		app, err := i.App(t.Context(), "shop")
		require.NoError(t, err)
		assert.Equal(t, want, originAllowed(app, origin, ""), origin)
	}
	_, err = Open(t.Context(), e, AllowOrigins("intranet"))
	require.ErrorContains(t, err, "intranet")
}

func TestCORS(t *testing.T) {
	t.Parallel()
	i := testIdentity(t)
	_, err := i.CreateApp(t.Context(), App{ID: "shop", Origins: []string{"https://shop.example"}}, "secret")
	require.NoError(t, err)
	served := false
	h := i.CORS(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		served = true
		w.WriteHeader(http.StatusTeapot)
	}))
	const shop, elsewhere = "https://shop.example", "https://elsewhere.example"
	for _, tc := range []struct {
		name, method, path, app, origin string
		preflight, served, readable     bool
	}{
		{"no page", "GET", "/v1/settings", "shop", "", false, true, false},
		{"page of the app", "GET", "/v1/settings", "shop", shop, false, true, true},
		{"page of elsewhere", "GET", "/v1/settings", "shop", elsewhere, false, true, false},
		{"own page", "GET", "/v1/settings", "shop", "http://example.com", false, true, true},
		{"page of anywhere, open app", "POST", "/v1/users", "demo", elsewhere, false, true, true},
		{"unknown app: the page sees why", "GET", "/v1/settings", "nobody", elsewhere, false, true, true},
		{"app in the path", "GET", "/v1/apps/shop/validate", "", shop, false, true, true},
		{"app in the path, elsewhere", "GET", "/v1/apps/shop/validate", "", elsewhere, false, true, false},
		{"preflight", "OPTIONS", "/v1/settings", "", elsewhere, true, false, true},
		{"preflight for an app in the path", "OPTIONS", "/v1/apps/shop", "", elsewhere, true, false, false},
		{"plain OPTIONS", "OPTIONS", "/v1/settings", "", shop, false, true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			served = false
			r := httptest.NewRequest(tc.method, tc.path, nil)
			if tc.app != "" {
				r.Header.Set("x-hyper-appId", tc.app)
			}
			if tc.origin != "" {
				r.Header.Set("Origin", tc.origin)
			}
			if tc.preflight {
				r.Header.Set("Access-Control-Request-Method", "POST")
				r.Header.Set("Access-Control-Request-Headers", "baggage, content-type,sentry-trace,X-Forwarded-Host,x-forwarded-for,forwarded,x-hyper-appid")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			assert.Equal(t, tc.served, served)
			wantOrigin := ""
			if tc.readable {
				wantOrigin = tc.origin
			}
			assert.Equal(t, wantOrigin, w.Header().Get("Access-Control-Allow-Origin"))
			assert.Contains(t, w.Header().Values("Vary"), "Origin")
			assert.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"))
			if tc.preflight {
				assertPreflight(t, w, tc.readable)
			}
		})
	}
}

// assertPreflight holds that a preflight is answered, and grants all that was asked for, but
// what proxies say.
func assertPreflight(t *testing.T, w *httptest.ResponseRecorder, granted bool) {
	t.Helper()
	assert.Equal(t, http.StatusNoContent, w.Code)
	if !granted {
		return
	}
	assert.Equal(t, "GET, POST, PUT, PATCH, DELETE", w.Header().Get("Access-Control-Allow-Methods"))
	assert.Equal(t, "7200", w.Header().Get("Access-Control-Max-Age"))
	assert.Equal(t, "baggage, content-type, sentry-trace, x-hyper-appid", w.Header().Get("Access-Control-Allow-Headers"))
}
