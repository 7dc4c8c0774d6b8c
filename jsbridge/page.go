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

// Start finds the page's half of the bridge, makes the exports ready and says so. args
// are the program's arguments: its name, its version, and the name of the global
// that is the half.
func Start(args []string) error {
	if len(args) != 3 {
		return errArgs
	}
	version, name := args[1], args[2]
	p := page{global: safejs.Global()}
	half, err := p.global.Get(name)
	if err != nil {
		return err
	}
	p.half = half
	program = &shell{state: core.NewState(core.Options{}), page: p, sockets: sockets{}}
	_, err = p.half.Call("ready", version)
	return err
}

const errArgs = textError("the program needs three arguments: name, version, bridge")

type textError string

func (e textError) Error() string { return string(e) }

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
