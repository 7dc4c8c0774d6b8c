//go:build js && wasm

// Command wasm is the chat core that pages load (web/src/sdk/compile.ts) and start
// (web/src/engine/program.ts). From then on they call the exports of package jsbridge.
package main

import (
	"fmt"
	"os"

	"parley/jsbridge"
)

func main() {
	if err := jsbridge.Start(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "parley:", err)
		os.Exit(1)
	}
	select {} // the exports work only as long as the program runs
}
