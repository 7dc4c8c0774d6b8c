package identity

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"parley/core/wire"
)

// OriginAllowed says whether a page of this origin may use the app: a page that
// this server served (its host is the one the request went to), or one that the
// app or the server's options list. A request without an origin is not a page's;
// its credentials alone decide, so this is not asked.
func OriginAllowed(app App, origin, host string) bool {
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
	return wire.Errorf(wire.CodeForbidden, "the origin %q may not use the app %q; add it to the app's origins", origin, app.ID)
}

// originMatches compares with "*", "https://host:port" or "https://*.host:port",
// of which the last stands for every host below, but not for host itself.
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

// parseOrigin takes scheme://host[:port] and no more; the port is left out where
// it is the scheme's own.
func parseOrigin(origin string) (*url.URL, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	if u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" ||
		strings.ContainsAny(origin, "?#") {
		return nil, wire.Errorf(wire.CodeBadRequest, "not an origin")
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

// checkOrigins bounds a list of origins that an app is to accept.
func checkOrigins(origins []string) error {
	if len(origins) > 1000 {
		return wire.Errorf(wire.CodeBadRequest, "origins: %d of them, at most 1000 are allowed", len(origins))
	}
	for _, origin := range origins {
		if origin == "*" {
			continue
		}
		u, err := parseOrigin(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || badHostPattern(u.Host) {
			return wire.Errorf(wire.CodeBadRequest,
				"origins: %q is not one; write \"https://example.com\", \"https://*.example.com\" or \"*\"", origin)
		}
	}
	return nil
}

// badHostPattern is true of a host with a "*" elsewhere than before its first dot.
func badHostPattern(host string) bool {
	below := strings.TrimPrefix(host, "*.")
	return below == "" || strings.Contains(below, "*")
}

// appInPath finds the app in a path that names one.
var appInPath = regexp.MustCompile(`^/v1/apps/([A-Za-z0-9_-]{1,64})(?:/|$)`)

// CORS answers preflights and lets pages of allowed origins read the answers. A
// preflight does not say which app it is for, so it is granted to every origin
// unless the path names an app; what counts is the request itself, which
// Authenticate judges. Cookies are never used, and never asked for.
func (i *Store) CORS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin != "" && i.mayRead(r, origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", "Retry-After, Content-Disposition")
		}
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE") // what is not offered is refused with 405, which a page can read
			h.Set("Access-Control-Allow-Headers", "content-type, x-hyper-appid, x-hyper-token, x-hyper-secret, x-hyper-key")
			h.Set("Access-Control-Max-Age", "600")
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// mayRead says whether the page may see the answer. Without a known app there is
// nothing to see but why the request is refused.
func (i *Store) mayRead(r *http.Request, origin string) bool {
	id := r.Header.Get("X-Hyper-Appid")
	if found := appInPath.FindStringSubmatch(r.URL.Path); id == "" && found != nil {
		id = found[1]
	}
	app, err := i.App(r.Context(), id)
	return err != nil || OriginAllowed(app, origin, r.Host)
}
