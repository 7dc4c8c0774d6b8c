package main

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// addServer adds the archive with parleyd for a platform, and the list of what is in it.
func (r *release) addServer(ctx context.Context, platform string) error {
	system, machine, both := strings.Cut(platform, "/")
	if !both {
		return fmt.Errorf("a platform must be system/machine, such as linux/amd64")
	}
	name := fmt.Sprintf("parleyd-%s-%s-%s", r.version, system, machine)
	folder, err := os.MkdirTemp("", "parley-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program := filepath.Join(folder, "parleyd")
	if system == "windows" {
		program += ".exe"
	}
	build := command(ctx, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w -buildid=", "-o", program, "./server/parleyd")
	build.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+machine, "CGO_ENABLED=0", "GOFLAGS=", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0")
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	if err := r.checkNotices(program); err != nil {
		return err
	}
	if err := r.listModules(ctx, program, r.file(name+".cdx.json")); err != nil {
		return err
	}
	entries := []entry{{name: filepath.Base(program), from: program, program: true}, {name: "NOTICES.txt", text: r.notices}}
	for _, file := range []string{"CHANGELOG.md", "LICENSE", "docs/operating.md"} {
		entries = append(entries, entry{name: filepath.Base(file), from: file})
	}
	if system == "windows" {
		return r.zip(name, entries)
	}
	return r.tar(name, entries)
}

// checkNotices looks for the licence of each module that the linker put into a program.
func (r *release) checkNotices(program string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	for _, module := range info.Deps {
		if !strings.Contains(r.notices, "\n"+module.Path+" "+module.Version+": ") {
			return fmt.Errorf("%s %s is in the program, and its licence is not in the notices: run `make build` first", module.Path, module.Version)
		}
	}
	return nil
}
