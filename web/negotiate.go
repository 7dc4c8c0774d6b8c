package web

import (
	"net/http"
	"strconv"
	"strings"
)

// serve sends the file, or the difference to what the client has.
func (a *asset) serve(w http.ResponseWriter, r *http.Request, difference *variant) {
	h := w.Header()
	for name, value := range a.headers {
		h.Set(name, value)
	}
	encoding, v := "dcz", difference
	if v == nil {
		encoding = a.choose(acceptEncoding(r))
		v = a.variants[encoding]
	} else {
		h.Set("Cache-Control", forEverHere)
	}
	h.Set("ETag", v.etag)
	if etagListed(strings.Join(r.Header.Values("If-None-Match"), ","), v.etag) {
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(v.body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(v.body) // an error is the client's having gone
	}
}

func acceptEncoding(r *http.Request) string {
	return strings.Join(r.Header.Values("Accept-Encoding"), ",")
}

// choose gives the encoding that the client likes best and the file has, "" for
// none. Among equals the smaller one wins.
func (a *asset) choose(accept string) string {
	quality := acceptedQualities(accept)
	best, bestQuality := "", quality["identity"]
	for n := len(encodings) - 1; n >= 0; n-- {
		name := encodings[n].name
		q, listed := quality[name]
		if !listed {
			q = quality["*"]
		}
		if _, there := a.variants[name]; there && q > 0 && q >= bestQuality {
			best, bestQuality = name, q
		}
	}
	return best
}

// acceptedQualities reads an Accept-Encoding: what may come, from 0 (never) to
// 1. A part that cannot be read counts as never.
func acceptedQualities(accept string) map[string]float64 {
	qualities := map[string]float64{}
	for part := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		if name == "x-gzip" { // an old name
			name = "gzip"
		}
		quality := 1.0
		for parameter := range strings.SplitSeq(parameters, ";") {
			key, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			if strings.EqualFold(strings.TrimSpace(key), "q") {
				q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
				if err != nil || !(q >= 0 && q <= 1) {
					q = 0
				}
				quality = q
			}
		}
		qualities[name] = quality
	}
	return qualities
}

// etagListed says whether If-None-Match holds this tag. A weak form is the same
// for this purpose: proxies make tags weak.
func etagListed(ifNoneMatch, etag string) bool {
	for listed := range strings.SplitSeq(ifNoneMatch, ",") {
		listed = strings.TrimSpace(listed)
		if listed == "*" || strings.TrimPrefix(listed, "W/") == etag {
			return true
		}
	}
	return false
}
