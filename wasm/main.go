//go:build js && wasm

// Command wasm is the chat core that pages load (web/src/sdk/compile.ts) and start
// (web/src/engine/program.ts). From then on they call the exports of package jsbridge.
package main

import "parley/jsbridge"

// version is the script's that this core is for; the build sets it (web/build/core.mjs).
var version string

func main() {
	if err := jsbridge.Start(version); err != nil {
		println("parley:", err.Error())
		return // the page hears that the program has ended
	}
	select {} // the exports work only as long as the program runs
}
