// Package address knows where clients find the server: under which host, and below which
// path. A proxy in between changes both.
//
// Floor 1: it imports nothing of Parley.
//
// What the server writes, such as links to surveys and the script tag, must be the
// address that a client can use. It is, in this order: the public URL of the options;
// what a trusted proxy says of itself in X-Forwarded-Proto, -Host and -Prefix; the host
// that the request was sent to, and the base path. Nobody else is believed: a page of a
// foreign origin could otherwise pass as one of the server's own.
package address

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Options says where clients find the server.
type Options struct {
	// PublicURL is the address that the server writes. Defaults to what each request
	// says.
	PublicURL PublicURL
	// BasePath is the path below which the server itself serves, for proxies that pass
	// the path on as it is. Defaults to the root.
	BasePath Path
	// TrustedProxies are the networks of proxies whose Forwarded and X-Forwarded headers are
	// believed.
	// Defaults to this machine (loopback); empty but not nil, nobody is.
	TrustedProxies Networks
	// Hosts are those that the server answers to; a request to any other is a 421. So a page
	// whose name is made to point here cannot pass as one of the server's own (DNS rebinding).
	// Defaults to all.
	Hosts Hosts
	// StrictFor is how long browsers shall reach the server's host by https alone (HSTS).
	// It is said where the server is reached by https, and has the host for itself. Zero says
	// nothing.
	StrictFor time.Duration
	// FollowTraces has the traceparent of trusted proxies decide which trace a request is a
	// part of, and whether it is sampled. The proxies must begin traces themselves: one that
	// passes on what clients send lets any page choose. Defaults to false.
	FollowTraces bool
}

// WithDefaults gives the options with the defaults of those that are not set.
func (o Options) WithDefaults() Options {
	if o.TrustedProxies == nil {
		o.TrustedProxies = Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	return o
}

type (
	baseKey   struct{}
	originKey struct{}
	namedKey  struct{}
)

// Of is the server's address as the client of a request sees it, without a slash at the
// end, such as https://example.com/chat.
func Of(r *http.Request) string {
	if base, ok := r.Context().Value(baseKey{}).(string); ok {
		return base
	}
	return schemeOf(r) + "://" + r.Host
}

// OwnOrigin is the origin of the server's pages, such as https://example.com, if the server
// itself knows it to be: from the public URL, or because it is one of the hosts that it
// answers to. It is "" if the request alone says so, unless that names this machine, as
// which no other can pass in a browser.
func OwnOrigin(r *http.Request) string {
	origin, _ := r.Context().Value(originKey{}).(string)
	return origin
}

// Named are origins at which the options say that the server's pages are: that of the public
// URL, else https with each of the hosts. Other than with OwnOrigin it does not matter to
// which the request was sent. There are none if the options name neither.
func Named(r *http.Request) []string {
	named, _ := r.Context().Value(namedKey{}).([]string)
	return named
}

// slashes finds slashes in a row. A proxy that cuts off a prefix without its slash, as in
// location /chat { proxy_pass http://parley/; }, sends them. They count as one: a redirect
// to the clean path would lead out of what the proxy passes on.
var slashes = regexp.MustCompile(`/{2,}`)

// Handler gives requests to next as if there were no proxy and no base path: the path
// begins at the server's root, and Host is the one that the client asked for. What is
// not below the base path is a 404, and what is sent to a host that is not the server's is
// a 421, but for /healthz.
func (o Options) Handler(next http.Handler) http.Handler {
	o = o.WithDefaults()
	base, named := string(o.BasePath), o.named()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		escaped := slashes.ReplaceAllString(r.URL.EscapedPath(), "/")
		asked, _ := url.PathUnescape(escaped) // it is escaped rightly
		path, rawPath := strings.TrimPrefix(asked, base), strings.TrimPrefix(escaped, base)
		switch {
		case base == "" || asked == "/healthz":
			path, rawPath = asked, escaped
		case asked == base:
			w.Header().Set("Location", base[strings.LastIndexByte(base, '/')+1:]+"/") // relative, as a proxy may be in front
			w.WriteHeader(http.StatusFound)
			return
		case !strings.HasPrefix(asked, base+"/") || !strings.HasPrefix(escaped, base+"/"):
			http.Error(w, "there is nothing here: this server is below "+base+"/", http.StatusNotFound)
			return
		}
		seen := o.seenBy(r)
		if asked != "/healthz" && !o.Hosts.has(seen.host) {
			http.Error(w, notHere, http.StatusMisdirectedRequest)
			return
		}
		if o.StrictFor > 0 && strings.HasPrefix(seen.base, "https://") && seen.isRoot() && !isThisMachine(hostname(seen.host)) {
			w.Header().Set("Strict-Transport-Security", "max-age="+strconv.Itoa(int(o.StrictFor.Seconds())))
		}
		ctx := context.WithValue(context.WithValue(r.Context(), baseKey{}, seen.base), originKey{}, o.ownOrigin(seen))
		ctx = o.withTraceparent(o.withRequestID(context.WithValue(ctx, namedKey{}, named), w, r), r)
		r = r.WithContext(withClient(ctx, o.clientOf(r)))
		r.Host = seen.host
		r.URL = &url.URL{Path: path, RawPath: rawPath, RawQuery: r.URL.RawQuery}
		next.ServeHTTP(w, r)
	})
}

// view is how the client of a request sees the server.
type view struct{ base, host string }

// isRoot tells whether the server has its host for itself. What holds for a whole host is
// otherwise for others to say.
func (v view) isRoot() bool { return strings.Count(v.base, "/") == len("//") }

func (o Options) seenBy(r *http.Request) view {
	scheme, host, path := schemeOf(r), r.Host, string(o.BasePath)
	if o.TrustedProxies.Has(peer(r)) {
		if proto := schemes[strings.ToLower(first(r, "X-Forwarded-Proto"))]; proto != "" {
			scheme = proto
		}
		if said := first(r, "X-Forwarded-Host"); hostPattern.MatchString(said) {
			host = said
		}
		// A proxy that names the base path as its prefix passes it on as well.
		if prefix := forwardedPrefix(r); !strings.HasSuffix(prefix, path) || path == "" {
			path = prefix + path
		} else {
			path = prefix
		}
	}
	if o.PublicURL != "" {
		return view{string(o.PublicURL), host}
	}
	return view{scheme + "://" + host + path, host}
}

func (o Options) ownOrigin(seen view) string {
	if o.PublicURL == "" && len(o.Hosts) == 0 && !isThisMachine(hostname(seen.host)) {
		return ""
	}
	return PublicURL(seen.base).Origin()
}

func (o Options) named() (origins []string) {
	if o.PublicURL != "" {
		return []string{o.PublicURL.Origin()}
	}
	for _, host := range o.Hosts {
		origins = append(origins, "https://"+host)
	}
	return origins
}

func isThisMachine(name string) bool {
	address, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && address.IsLoopback() || name == "localhost" || strings.HasSuffix(name, ".localhost")
}

func schemeOf(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// schemes are what X-Forwarded-Proto may say; some proxies name that of the WebSocket.
var schemes = map[string]string{"http": "http", "https": "https", "ws": "http", "wss": "https"}

// hostPattern matches a host, or an address, with or without a port.
var hostPattern = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// first gives the first value of a header: with several proxies in a row that of the
// outermost, which the client sees.
func first(r *http.Request, header string) string {
	value, _, _ := strings.Cut(r.Header.Get(header), ",")
	return strings.TrimSpace(value)
}

// forwardedPrefix gives the path that proxies have cut off. Each of several in a row adds
// its own at the end. It is "" if one of them is no path.
func forwardedPrefix(r *http.Request) string {
	all := ""
	for prefix := range strings.SplitSeq(strings.Join(r.Header.Values("X-Forwarded-Prefix"), ","), ",") {
		var p Path
		if p.UnmarshalText([]byte(strings.TrimSpace(prefix))) != nil {
			return ""
		}
		all += string(p)
	}
	return all
}
