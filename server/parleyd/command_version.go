package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"parley/web"
)

// madeOf is what a program was built of.
type madeOf struct {
	commit string // "unknown" without git, or as `go run` and `go test` build
	date   string // of the commit, as RFC 3339; "" if it is unknown
}

// printVersion is `parleyd version`: a line each for the version, the commit, its date, and Go.
func printVersion(args []string, stdout io.Writer) error {
	if len(args) > 0 {
		return errors.New("version takes nothing more")
	}
	version, err := web.Version()
	if err != nil {
		return err
	}
	built := ownBuild()
	fmt.Fprintf(stdout, "parleyd %s\ncommit  %s\n", version, built.commit)
	if built.date != "" {
		fmt.Fprintf(stdout, "date    %s\n", built.date)
	}
	fmt.Fprintf(stdout, "go      %s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// ownBuild tells what this program was built of.
func ownBuild() madeOf {
	info, _ := debug.ReadBuildInfo()
	return builtOf(info)
}

// builtOf tells what `go build` noted of git. info is nil where it noted nothing at all.
func builtOf(info *debug.BuildInfo) madeOf {
	noted := map[string]string{}
	if info != nil {
		for _, setting := range info.Settings {
			noted[setting.Key] = setting.Value
		}
	}
	b := madeOf{commit: noted["vcs.revision"], date: noted["vcs.time"]}
	if b.commit == "" {
		b.commit = "unknown"
	} else if noted["vcs.modified"] == "true" {
		b.commit += "-modified"
	}
	return b
}
