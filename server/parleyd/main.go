// Parleyd is the chat server in one program: the API and the WebSocket, the script that
// pages load, the agent console, and the store. `parleyd -h` explains its flags.
//
// It listens first, then starts the engine (package server/internal/store) and the chat
// server on it. A signal stops it within 11 seconds: WebSockets say goodbye, requests
// finish, the engine writes what is left. When the embedded engine could not write, as on
// a full disk, and can again, engine and chat server are restarted; meanwhile the API
// answers 503.
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
	if len(os.Args) > 1 && os.Args[1] == "replay" {
		exit(replayFile(os.Args[2:], os.Stdout))
		return
	}
	exit(run(untilTerminated(), web.Dist, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// exit ends the program with status 1 if there is an error, which it says.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "parleyd:", err)
		os.Exit(1)
	}
}

// untilTerminated gives a context that Ctrl-C or SIGTERM ends. A second signal ends the
// program at once.
func untilTerminated() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}
