package address

import (
	"net/http"
	"strings"
)

// ToHTTPS sends those who come by plain HTTP to the same address under https, on a port if
// that is not 443. What carries something is refused: it has been readable on the way, and
// who sends it must notice. The redirect is for once, as HSTS says for how long.
func (o Options) ToHTTPS(port string) http.Handler {
	o = o.WithDefaults()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := o.PublicURL.Origin()
		if base == "" {
			base = "https://" + hostname(r.Host)
			if port != "443" {
				base += ":" + port
			}
		}
		switch {
		case !hostPattern.MatchString(r.Host) || !o.Hosts.has(r.Host):
			http.Error(w, notHere, http.StatusMisdirectedRequest)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Connection", "close")
			http.Error(w, "this server takes requests by https alone", http.StatusForbidden)
		default:
			w.Header().Set("Location", base+"/"+strings.TrimLeft(r.URL.RequestURI(), "/"))
			w.WriteHeader(http.StatusFound)
		}
	})
}

// notHere is the text of a 421.
const notHere = "this server does not answer to the host of the request; -hosts lists those that it answers to"
