package core

import (
	"strconv"
	"strings"

	"parley/core/wire"
)

// api: a REST call of the page, with the headers that say who asks.
func (m *machine) api(in API) {
	if m.phase != Ready {
		m.reject(in.Call, errNotInit())
		return
	}
	url, body := m.app.API+in.Path, []byte(nil)
	if in.Method == "GET" || in.Method == "DELETE" {
		query, err := queryOf(in.Params)
		if err != nil {
			m.reject(in.Call, err)
			return
		}
		if query != "" {
			url += separator(url) + query
		}
	} else if !wire.IsNull(in.Params) {
		body = in.Params
	}
	m.fetch(in.Call, in.Method, url, body)
}

func (m *machine) fetch(call Call, method, url string, body []byte) {
	if len(m.fetches) >= m.options.MaxPending {
		m.reject(call, wire.Errorf(wire.CodeTooMany, "%d HTTP requests are under way already", len(m.fetches)))
		return
	}
	header := [][2]string{{"x-hyper-appId", m.app.ID}}
	if m.app.DomainKey != "" {
		header = append(header, [2]string{"x-hyper-key", m.app.DomainKey})
	}
	if m.session.Token != "" {
		header = append(header, [2]string{"x-hyper-token", m.session.Token})
	}
	if body != nil {
		header = append(header, [2]string{"content-type", "application/json"})
	}
	m.fetches = append(m.fetches, fetching{call, m.after(m.options.RequestWithin)})
	m.do(Fetch{call, method, url, header, body})
}

func separator(url string) string {
	if strings.Contains(url, "?") {
		return "&"
	}
	return "?"
}

// fetching is an HTTP request under way.
type fetching struct {
	call     Call
	deadline deadline
}

// unfetch forgets an HTTP request; false means that it was not under way.
func (m *machine) unfetch(call Call) bool {
	for i, f := range m.fetches {
		if f.call == call {
			m.fetches = append(m.fetches[:i], m.fetches[i+1:]...)
			return true
		}
	}
	return false
}

func (m *machine) fetched(in Fetched) {
	if !m.unfetch(in.Call) {
		return // given up before
	}
	if err := httpError(in); err != nil || m.validates(in.Call) {
		m.fetchEnded(in.Call, err)
		return
	}
	data := wire.Raw(in.Body)
	if !wire.Valid(data) { // not every answer is JSON: a transcript, an empty body
		data = wire.AppendString(nil, string(in.Body))
	}
	m.settle(in.Call, wire.NewObject(nil).Raw("data", data).Done())
}

// fetchEnded ends a request that gives its caller no data: it failed, or it was
// init's own.
func (m *machine) fetchEnded(call Call, err *wire.Error) {
	if m.validates(call) {
		m.validated(err)
		return
	}
	m.reject(call, err)
}

// validates tells whether this is the request that init waits for.
func (m *machine) validates(call Call) bool {
	return m.entry.kind == entryRestore && m.entry.call == call
}

// httpError reads the refusal {"error":{code,message}} of a REST answer, or
// makes one from the status; nil for a success.
func httpError(in Fetched) *wire.Error {
	switch {
	case in.Status == 0:
		return wire.Errorf(wire.CodeUnavailable, "the chat server cannot be reached: %s", in.Body)
	case in.Status >= 200 && in.Status < 300:
		return nil
	}
	e := &wire.Error{}
	if err := wire.Read(in.Body, "error", e); err != nil || e.Message == "" {
		e.Message = "the server answered with HTTP status " + strconv.Itoa(in.Status)
	}
	e.Code = in.Status
	return e
}

// queryOf writes the members of an object as a query. A list becomes its items
// with commas between.
func queryOf(params wire.Raw) (string, *wire.Error) {
	if wire.IsNull(params) {
		return "", nil
	}
	var parts []string
	err := wire.Members(params, func(name string, v wire.Raw) error {
		text := string(v)
		switch v.Kind() {
		case 'n':
			return nil
		case '"':
			text, _ = wire.String(v)
		case '[':
			var items []string
			if err := wire.Items(v, func(v wire.Raw) error {
				item := string(v)
				if v.Kind() == '"' {
					item, _ = wire.String(v)
				}
				items = append(items, item)
				return nil
			}); err != nil {
				return err
			}
			text = strings.Join(items, ",")
		}
		parts = append(parts, escape(name)+"="+escape(text))
		return nil
	})
	if err != nil {
		return "", wire.Errorf(wire.CodeBadRequest, "params %s", err)
	}
	return strings.Join(parts, "&"), nil
}

// escape writes what RFC 3986 section 2.3 does not call unreserved as %XX.
// net/url would do it for 36 KB.
func escape(s string) string {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(out)
}
