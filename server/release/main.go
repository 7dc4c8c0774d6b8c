// Release builds what is published of a version: the server for each platform in an
// archive, lists of what is in it (SBOM, CycloneDX), the npm package, and SHA256SUMS.
//
//	go run ./server/release -out dist -for linux/amd64,windows/amd64 -cyclonedx .tools/.../cyclonedx-gomod
//
// `make release` runs it, after `make build`. Two runs on the same commit, with the same
// version of Go, give the same bytes, wherever the folder is: all times are that of the commit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"parley/server/notices"
	"parley/web"
)

// release is one that is being made.
type release struct {
	out       string // its folder
	version   string
	committed time.Time // the time of all files
	notices   string
	cyclonedx string // the program cyclonedx-gomod
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var r release
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.StringVar(&r.out, "out", "dist", "`folder` for the files; what is in it is removed")
	flags.StringVar(&r.cyclonedx, "cyclonedx", "cyclonedx-gomod", "the `program` cyclonedx-gomod")
	platforms := flags.String("for", "", "`list` of platforms, such as linux/amd64, separated by commas")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := r.check(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	for _, platform := range strings.Split(*platforms, ",") {
		if err := r.addServer(ctx, platform); err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
	}
	if err := r.addPackage(ctx); err != nil {
		return err
	}
	return r.sum(os.Stdout)
}

// check finds out what is released, and refuses what others could not build again.
func (r *release) check(ctx context.Context) (err error) {
	if r.version, err = web.Version(); err != nil {
		return err
	}
	if r.notices, err = notices.Text(); err != nil {
		return err
	}
	wanted, err := os.ReadFile(".go-version")
	if err != nil {
		return fmt.Errorf("%w; run it in the root of the repository", err)
	}
	if want := "go" + strings.TrimSpace(string(wanted)); want != runtime.Version() {
		return fmt.Errorf("releases are built by %s, and this is %s: GOTOOLCHAIN=%s make release", want, runtime.Version(), want)
	}
	changed, err := command(ctx, "git", "status", "--porcelain").Output()
	if err != nil {
		return fmt.Errorf("git status: %w; releases are built of a commit", err)
	}
	if len(changed) > 0 {
		return errors.New("commit first, or remove: what is not in the commit is in no release:\n" + string(changed))
	}
	when, err := command(ctx, "git", "log", "-1", "--format=%cI").Output()
	if err != nil {
		return fmt.Errorf("git log: %w", err)
	}
	r.committed, err = time.Parse(time.RFC3339, strings.TrimSpace(string(when)))
	r.committed = r.committed.UTC()
	return err
}

// file gives the path of a file of the release.
func (r *release) file(name string) string { return filepath.Join(r.out, name) }

// command is a program that says on stderr what is wrong.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Stderr = os.Stderr
	return c
}
