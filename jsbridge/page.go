//go:build js && wasm

package jsbridge

import (
	"github.com/hack-pad/safejs"

	"parley/core"
)

// page is the page's globals, and the object with the functions that Go calls.
type page struct {
	global safejs.Value
	half   safejs.Value
}

// halfName is the name of the global that is the page's half of the bridge.
const halfName = "parley"

// Start finds the page's half of the bridge, makes the exports ready and says so, with
// the core's version.
func Start(version string) error {
	p := page{global: safejs.Global()}
	half, err := p.global.Get(halfName)
	if err != nil {
		return err
	}
	p.half = half
	program = &shell{core: core.New(core.Options{}), page: p, sockets: sockets{}}
	_, err = p.half.Call("ready", version)
	return err
}

// fetch starts an HTTP request. The page calls parley_fetched with the response.
func (p page) fetch(e core.Fetch) error {
	header := map[string]any{}
	for _, h := range e.Header {
		header[h[0]] = h[1]
	}
	options := map[string]any{
		"method":      e.Method,
		"headers":     header,
		"credentials": "omit", // the headers identify the user
	}
	if e.Body != nil {
		options["body"] = string(e.Body)
	}
	promise, err := p.global.Call("fetch", e.URL, options)
	if err != nil {
		return err
	}
	_, err = p.half.Call("fetched", promise, int(e.Call))
	return err
}
