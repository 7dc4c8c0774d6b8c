//go:build js && wasm

package jsbridge

import (
	"strings"

	"parley/core"
	"parley/core/wire"
	"parley/jsbridge/codec"
)

// cookieName is the documented name. Pages read the cookie as the sign of an open chat
// (interface notes, part f).
const cookieName = "i.cc"

// tabKey is the key in sessionStorage.
const tabKey = "parley.session"

// inFrame are the attributes of the cookie in a frame of another site, where browsers take only
// cookies that they keep apart for each site that shows the frame (CHIPS).
const inFrame = "; Path=/; SameSite=None; Secure; Partitioned"

const (
	errNoCookies = textError("the browser blocks cookies on this page")
	errNoStorage = textError("the browser refuses storage on this page")
)

// sessionStore stores the session for the next page: in the cookie i.cc (mode
// "cookie"), in sessionStorage ("tab") or not at all ("none"). Where the browser
// blocks storage, the session ends with the page.
type sessionStore struct {
	codec.Keeping
	refused bool // the page was told that the browser keeps nothing
}

// load gives the stored session. Nothing stored gives nil, text that is no session an empty one.
func (s sessionStore) load(p page) *core.Session {
	text := ""
	switch s.Mode {
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
		return &core.Session{} // not a session: the core deletes it
	}
	return stored
}

func (s sessionStore) save(p page, session core.Session) error {
	text := string(wire.NewObject(nil).Str("appId", session.AppID).Str("id", session.ID).Str("token", session.Token).Done())
	switch s.Mode {
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
	if err == nil && p.readCookie() == "" { // blocked cookies cause no error
		err = p.writeCookie(cookieName + "=" + value + inFrame)
	}
	if err == nil && p.readCookie() == "" {
		err = errNoCookies
	}
	return err
}

// clear deletes the session, unless another page has stored a later one.
func (s sessionStore) clear(p page, session core.Session) error {
	if now := s.load(p); now != nil && now.Token != "" && session.Token != "" && now.Token != session.Token {
		return nil
	}
	switch s.Mode {
	case "none":
		return nil
	case "tab":
		return p.writeTab("")
	}
	const gone = cookieName + "=; Max-Age=0"
	err := p.writeCookie(gone + "; Path=/")
	// An earlier page may have set it for a domain above, but for no address and no top level:
	// browsers report such cookies on the console.
	for host := p.hostname(); err == nil && p.readCookie() != "" && isBelowTop(host); _, host, _ = strings.Cut(host, ".") {
		err = p.writeCookie(gone + "; Path=/; Domain=" + host)
	}
	if err == nil && p.readCookie() != "" {
		err = p.writeCookie(gone + inFrame)
	}
	return err
}

// isBelowTop tells whether a host is a name with a domain above it.
func isBelowTop(host string) bool {
	return strings.Contains(host, ".") && strings.Trim(host, ".0123456789") != ""
}

func (s sessionStore) attributes() string {
	text := "; Path=/; SameSite=Lax"
	if s.Domain != "" {
		text += "; Domain=" + s.Domain
	}
	if s.Secure {
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
				return value // load will not be able to read it either
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

// writeTab stores the text, or deletes the stored one if it is empty.
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
	if err != nil {
		err = errNoStorage
	}
	return err
}
