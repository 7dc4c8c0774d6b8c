// Parleyd is the chat server in one program: the API and the WebSocket, the script that
// pages load, the agent console, and the store. `parleyd -h` explains its flags.
//
// It listens first, then starts the engine (package server/internal/store) and the chat
// server on it. A signal stops it within 11 seconds, with traces 12: WebSockets say goodbye, requests
// finish, the engine writes what is left. When the embedded engine could not write, as on
// a full disk, and can again, engine and chat server are restarted; meanwhile the API
// answers 503.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"parley/web"
)

func main() {
	command, args := "", os.Args[1:]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	switch command {
	case "replay":
		exit(replayFile(args, os.Stdout))
	case "check":
		exit(checkConfig(untilTerminated(), args, os.Getenv, os.Environ(), os.Stdout))
	case "backup":
		exit(backUp(untilTerminated(), args, os.Getenv, os.Stdout, os.Stderr))
	case "restore":
		exit(restore(untilTerminated(), args, os.Getenv, os.Stdin, os.Stdout, os.Stderr))
	case "admin":
		exit(administrate(untilTerminated(), args, os.Getenv, os.Stdin, os.Stdout))
	case "config":
		exit(printConfig(args, os.Getenv, os.Stdout))
	case "health":
		exit(askHealth(untilTerminated(), args, os.Getenv, os.Stdout))
	case "bench":
		exit(bench(untilTerminated(), args, os.Stdout, os.Stderr))
	case "version":
		exit(printVersion(args, os.Stdout))
	case "licenses":
		exit(printLicences(args, os.Stdout))
	case "":
		exit(run(untilTerminated(), web.Dist, args, os.Getenv, os.Stdout, os.Stderr))
	default:
		exit(fmt.Errorf("%q is no command; -h explains the commands and flags", command))
	}
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
