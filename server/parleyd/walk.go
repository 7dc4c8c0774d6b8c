//go:build parleywalk

package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/coverage"
)

// This file is only in the build of web/test/e2e/walk.spec.ts, which is made with
// -cover. A Unix socket in GOCOVERDIR accepts DELETE, which clears the coverage
// counters, and GET, which writes them to that folder.
func init() {
	folder := os.Getenv("GOCOVERDIR")
	listener, err := net.Listen("unix", filepath.Join(folder, "walk.sock"))
	if err != nil {
		panic(err)
	}
	answer := func(do func() error) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if err := do(); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		}
	}
	mux := http.NewServeMux()
	mux.Handle("DELETE /", answer(coverage.ClearCounters))
	mux.Handle("GET /", answer(func() error {
		if err := coverage.WriteMetaDir(folder); err != nil {
			return err
		}
		return coverage.WriteCountersDir(folder)
	}))
	go func() { panic(http.Serve(listener, mux)) }()
}
