//go:build js && wasm

// Command wasm is the chat core as a page loads it. The loader in
// web/src/sdk/loader.ts starts it; from then on the exports of package jsbridge are
// the way in.
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
	select {} // the exports live as long as the program
}
