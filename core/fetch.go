package core

import (
	"strconv"
	"strings"

	"parley/core/wire"
)

// api makes a REST call for the page, with its session's token. After logout, calls
// that a previous session may still make carry that session's token.
func (m *Machine) api(in API) {
	if m.phase != Ready {
		m.reject(in.Call, errNotInit())
		return
	}
	token := ""
	if m.session.Token == "" && usesPreviousToken(in) {
		token = m.previousToken
	}
	m.fetch(in.Call, in.Method, m.app.API+in.Path, m.headers(token), in.Body)
}

// usesPreviousToken tells whether the server accepts the request from a session that
// has ended: pages get the survey and the conversation after ICF.Lobby.close.
func usesPreviousToken(in API) bool {
	return in.Method == "GET" &&
		(strings.HasPrefix(in.Path, "/surveys/") || strings.HasPrefix(in.Path, "/chats/") || strings.HasPrefix(in.Path, "/media/"))
}

func (m *Machine) fetch(call Call, method, url string, header [][2]string, body []byte) {
	if len(m.fetches) >= m.options.MaxPending {
		m.reject(call, wire.Errorf(wire.TooManyRequests, "%d HTTP requests are under way, which is the limit", len(m.fetches)))
		return
	}
	if len(body) > 0 {
		header = append(header, [2]string{"content-type", "application/json"})
	}
	m.newDeadline = true
	m.fetches = append(m.fetches, pendingFetch{call, m.after(m.options.RequestWithin)})
	m.do(Fetch{call, method, url, header, body})
}

// headers identify the app and the session. A token that is not "" takes the place
// of the session's.
func (m *Machine) headers(token string) [][2]string {
	header := append([][2]string{{"x-hyper-appId", m.app.ID}}, m.domainKey()...)
	if token == "" {
		token = m.session.Token
	}
	if token != "" {
		header = append(header, [2]string{"x-hyper-token", token})
	}
	return header
}

// domainKey gives the header with the domain key, if the app has one.
func (m *Machine) domainKey() [][2]string {
	if m.app.DomainKey == "" {
		return nil
	}
	return [][2]string{{"x-hyper-key", m.app.DomainKey}}
}

// pendingFetch is an HTTP request without a response.
type pendingFetch struct {
	call     Call
	deadline deadline
}

// takeFetch removes an HTTP request. False means that none of this call is pending.
func (m *Machine) takeFetch(call Call) bool {
	for i, f := range m.fetches {
		if f.call == call {
			m.fetches = append(m.fetches[:i], m.fetches[i+1:]...)
			return true
		}
	}
	return false
}

func (m *Machine) fetched(in Fetched) {
	if t := m.transferOf(in.Call); t != nil {
		m.transferEnded(t, in)
		return
	}
	if !m.takeFetch(in.Call) {
		return // it has expired
	}
	if err := httpError(in); err != nil || m.isValidation(in.Call) {
		m.fetchEnded(in.Call, err)
		return
	}
	data := wire.Raw(in.Body)
	if !wire.Valid(data) { // such as a transcript, or an empty body
		data = wire.AppendString(nil, string(in.Body))
	}
	m.settle(in.Call, wire.NewObject(nil).Raw("data", data).Done())
}

// fetchEnded ends an HTTP request without data for its caller: it failed, or init
// made it.
func (m *Machine) fetchEnded(call Call, err *wire.Error) {
	if m.isValidation(call) {
		m.validated(err)
		return
	}
	m.reject(call, err)
}

// isValidation tells whether this is the request by which init asks for the app.
func (m *Machine) isValidation(call Call) bool {
	return m.pendingLogin.kind == loginRestore && m.pendingLogin.call == call
}

// httpError reads the error {"error":{code,message}} of a response, or makes one of
// its status. It gives nil for a success.
func httpError(in Fetched) *wire.Error {
	switch {
	case in.Status == GivenUp:
		return wire.Errorf(wire.Discarded, "the page has given the file up")
	case in.Status < 0:
		return wire.Errorf(wire.FileUnreadable, "media: the file can no longer be read: %s", in.Body)
	case in.Status == 0:
		return wire.Errorf(wire.Unreachable, "the chat server cannot be reached: %s", in.Body)
	case in.Status >= 200 && in.Status < 300:
		return nil
	}
	e := &wire.Error{}
	if err := wire.Read(in.Body, "error", e); err != nil || e.Message == "" {
		e.Reason = wire.HTTPStatus.Name()
		e.Message = "the server responded with HTTP status " + strconv.Itoa(in.Status)
		if in.Status == wire.CodeTooLarge { // our server would have named the limit
			e.Message += ": this is larger than a proxy on the way to it allows"
		}
	}
	e.Code = in.Status
	return e
}
