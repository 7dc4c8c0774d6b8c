//go:build js && wasm

package jsbridge

import (
	"strings"

	"parley/core"
	"parley/core/wire"
)

// cookieName is the documented one; pages take its presence for an open chat
// (interface notes, part f).
const cookieName = "i.cc"

// tabKey is where a tab of its own keeps its session.
const tabKey = "parley.session"

const errNoCookies = textError("the browser refuses cookies here")

// sessionStore keeps the session for the next page: in the cookie i.cc, in
// sessionStorage (mode "tab") or not at all (mode "none"). Browsers may refuse
// storage; the chat then lives as long as the page.
type sessionStore struct {
	mode   string
	domain string // of the cookie, "" for the host alone
	secure bool   // the page is https, so the cookie can be kept to https
}

// load gives the stored session, nil if there is none or it cannot be read.
func (s sessionStore) load(p page) *core.Session {
	text := ""
	switch s.mode {
	case "none":
	case "tab":
		text = p.readTab()
	default:
		text = p.readCookie()
	}
	if text == "" {
		return nil
	}
	stored := &core.Session{}
	err := wire.Read(wire.Raw(text), "appId", &stored.AppID, "id", &stored.ID, "token", &stored.Token)
	if err != nil {
		return &core.Session{} // something is there, but it is no session: the core removes it
	}
	return stored
}

func (s sessionStore) save(p page, session core.Session) error {
	text := string(wire.NewObject(nil).Str("appId", session.AppID).Str("id", session.ID).Str("token", session.Token).Done())
	switch s.mode {
	case "none":
		return nil
	case "tab":
		return p.writeTab(text)
	}
	value, err := p.convert("encodeURIComponent", text)
	if err != nil {
		return err
	}
	err = p.writeCookie(cookieName + "=" + value + s.attributes())
	if err == nil && p.readCookie() == "" { // cookies that are blocked make no error
		err = errNoCookies
	}
	return err
}

// clear forgets the session; one that another page has stored since stays.
func (s sessionStore) clear(p page, session core.Session) error {
	if now := s.load(p); now != nil && now.Token != "" && session.Token != "" && now.Token != session.Token {
		return nil
	}
	switch s.mode {
	case "none":
		return nil
	case "tab":
		return p.writeTab("")
	}
	// An earlier page may have had another domain for it.
	err := p.writeCookie(cookieName + "=; Max-Age=0; Path=/")
	for host := p.hostname(); err == nil && host != ""; _, host, _ = strings.Cut(host, ".") {
		err = p.writeCookie(cookieName + "=; Max-Age=0; Path=/; Domain=" + host)
	}
	return err
}

func (s sessionStore) attributes() string {
	text := "; Path=/; SameSite=Lax"
	if s.domain != "" {
		text += "; Domain=" + s.domain
	}
	if s.secure {
		text += "; Secure"
	}
	return text
}

func (p page) readCookie() string {
	document, err := p.global.Get("document")
	if err != nil {
		return ""
	}
	cookies, err := document.Get("cookie")
	if err != nil {
		return ""
	}
	text, err := cookies.String()
	if err != nil {
		return ""
	}
	for _, pair := range strings.Split(text, ";") {
		if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); name == cookieName {
			decoded, err := p.convert("decodeURIComponent", value)
			if err != nil {
				return value // not ours, and not readable as a session either
			}
			return decoded
		}
	}
	return ""
}

func (p page) hostname() string {
	location, err := p.global.Get("location")
	if err != nil {
		return ""
	}
	name, err := location.Get("hostname")
	if err != nil {
		return ""
	}
	text, _ := name.String()
	return text
}

// convert calls one of the page's functions from text to text.
func (p page) convert(function, text string) (string, error) {
	value, err := p.global.Call(function, text)
	if err != nil {
		return "", err
	}
	return value.String()
}

func (p page) writeCookie(text string) error {
	document, err := p.global.Get("document")
	if err != nil {
		return err
	}
	return document.Set("cookie", text)
}

func (p page) readTab() string {
	storage, err := p.global.Get("sessionStorage")
	if err != nil {
		return ""
	}
	value, err := storage.Call("getItem", tabKey)
	if err != nil || value.IsNull() {
		return ""
	}
	text, err := value.String()
	if err != nil {
		return ""
	}
	return text
}

// writeTab keeps the text, or removes what was kept if it is empty.
func (p page) writeTab(text string) error {
	storage, err := p.global.Get("sessionStorage")
	if err != nil {
		return err
	}
	if text == "" {
		_, err = storage.Call("removeItem", tabKey)
	} else {
		_, err = storage.Call("setItem", tabKey, text)
	}
	return err
}
