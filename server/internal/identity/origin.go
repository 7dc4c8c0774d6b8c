package identity

import (
	"net/http"
	"net/url"
	"strings"

	"parley/core/wire"
)

// originAllowed tells whether a page of this origin may use the app: a page that this
// server has served (its host is the one the request was sent to), or one that the app
// or AllowOrigins lists. A request without an origin does not come from a page; its
// credentials alone decide, so callers do not ask.
func originAllowed(app App, origin, host string) bool {
	if u, err := parseOrigin(origin); err == nil && host != "" && u.Host == canonicalHost(u.Scheme, host) {
		return true
	}
	for _, list := range [][]string{app.Origins, app.everywhere} {
		for _, pattern := range list {
			if originMatches(pattern, origin) {
				return true
			}
		}
	}
	return false
}

func errOrigin(app App, origin string) error {
	return wire.Errorf(wire.OriginRefused, "the origin %q may not use the app %q; add it to the app's origins", origin, app.ID)
}

// originMatches compares an origin with a pattern: "*", "https://host:port" or
// "https://*.host:port". The last matches every host below that host, but not the host.
func originMatches(pattern, origin string) bool {
	if pattern == "*" {
		return true
	}
	want, err := parseOrigin(pattern)
	if err != nil {
		return false
	}
	got, err := parseOrigin(origin)
	if err != nil || got.Scheme != want.Scheme {
		return false
	}
	if below, wild := strings.CutPrefix(want.Host, "*"); wild {
		return len(got.Host) > len(below) && strings.HasSuffix(got.Host, below)
	}
	return got.Host == want.Host
}

// parseOrigin accepts scheme://host[:port] and nothing more. It gives the host in lower
// case, without the scheme's default port.
func parseOrigin(origin string) (*url.URL, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	if u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" ||
		strings.ContainsAny(origin, "?#") {
		return nil, wire.Errorf(wire.BadArgument, "not an origin")
	}
	u.Host = canonicalHost(u.Scheme, u.Host)
	return u, nil
}

func canonicalHost(scheme, host string) string {
	host = strings.ToLower(host)
	switch scheme {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}

// maxOrigins is how many origins an app may list.
const maxOrigins = 1000

// checkOrigins refuses a list of accepted origins that is too long, or holds something else.
func checkOrigins(origins []string) error {
	if len(origins) > maxOrigins {
		return wire.Errorf(wire.BadArgument, "origins: %d origins, at most %d are allowed", len(origins), maxOrigins)
	}
	for _, origin := range origins {
		if origin == "*" {
			continue
		}
		u, err := parseOrigin(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || badHostPattern(u.Host) {
			return wire.Errorf(wire.BadArgument,
				"origins: %q is not an origin; write \"https://example.com\", \"https://*.example.com\" or \"*\"", origin)
		}
	}
	return nil
}

// badHostPattern tells whether a host has a "*" that is not all that stands before its
// first dot.
func badHostPattern(host string) bool {
	below := strings.TrimPrefix(host, "*.")
	return below == "" || strings.Contains(below, "*")
}

// CORS answers preflights, and lets pages of allowed origins read the answers. A
// preflight does not say which app it is for, so it is granted to every origin unless
// the path names an app: Authenticate judges the request that follows.
//
// A request may have any header, since scripts of a page, such as tracing tools, add their
// own to everybody's requests. Nothing is lost by that: cookies are never used, so a page
// has no credentials but those that it knows. Only what proxies say of themselves is left
// out, as a page could otherwise pass as one of the server's own.
func (i *Store) CORS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin != "" && i.mayRead(r, origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", "Retry-After, Content-Disposition, X-Request-Id")
		}
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			// A method that a path does not offer is refused with 405, which the page can read.
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
			h.Set("Access-Control-Allow-Headers", strings.Join(headersAskedFor(r), ", "))
			h.Set("Access-Control-Max-Age", "7200") // Chromium keeps it no longer
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// headersAskedFor gives the headers that a preflight asks for, but not those of proxies.
func headersAskedFor(r *http.Request) (names []string) {
	for name := range strings.SplitSeq(strings.Join(r.Header.Values("Access-Control-Request-Headers"), ","), ",") {
		name = strings.TrimSpace(name)
		if lower := strings.ToLower(name); name != "" && lower != "forwarded" && !strings.HasPrefix(lower, "x-forwarded-") {
			names = append(names, name)
		}
	}
	return names
}

// mayRead tells whether a page may read the answer. Without a known app the answer says
// nothing but why the request is refused.
func (i *Store) mayRead(r *http.Request, origin string) bool {
	id := r.Header.Get("X-Hyper-Appid")
	if path, found := strings.CutPrefix(r.URL.Path, "/v1/apps/"); id == "" && found {
		id, _, _ = strings.Cut(path, "/")
	}
	app, err := i.App(r.Context(), id)
	return err != nil || originAllowed(app, origin, r.Host)
}
