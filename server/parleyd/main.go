// Parleyd is the chat server in one program: the API and the WebSocket, the
// script that pages load, the agent console, and the store under it all.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"parley/web"
)

func main() {
	if err := run(untilTerminated(), web.Dist, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "parleyd:", err)
		os.Exit(1)
	}
}

// untilTerminated ends by Ctrl-C or SIGTERM; a second one ends the program at once.
func untilTerminated() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}
