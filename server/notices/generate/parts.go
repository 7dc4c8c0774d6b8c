package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// parts are Go and the modules that programs are made of, by name and version, as the build
// information of a program has them.
type parts map[string]*part

// part is one of them.
type part struct {
	root  string          // its folder
	files map[string]bool // its files with licences and notices, by path
}

// goPackage is what `go list` says of a package.
type goPackage struct {
	Dir      string
	Standard bool
	Module   *goModule
}

type goModule struct {
	Path, Version, Dir string
	Main               bool
}

// add adds what programs are made of on a platform such as linux/amd64.
func (p parts) add(ctx context.Context, platform string, programs []string) error {
	system, machine, both := strings.Cut(platform, "/")
	if !both {
		return fmt.Errorf("platform %q: must be system/machine, such as linux/amd64", platform)
	}
	list := exec.CommandContext(ctx, "go", append([]string{"list", "-deps", "-json=Dir,Standard,Module"}, programs...)...)
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+machine, "CGO_ENABLED=0")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("go list for %s: %w", platform, err)
	}
	goRoot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var one goPackage
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("go list for %s: %w", platform, err)
		}
		if err := p.addPackage(one, strings.TrimSpace(string(goRoot))); err != nil {
			return err
		}
	}
}

// addPackage adds the licences that stand beside a package or above it, up to its module's
// root. Go has its own at its root; the one deeper down is of BoringCrypto, which is in no
// program that is built as usual.
func (p parts) addPackage(one goPackage, goRoot string) error {
	name, root, dir := "Go "+strings.TrimPrefix(runtime.Version(), "go"), goRoot, goRoot
	switch {
	case one.Standard:
	case one.Module == nil || one.Module.Main:
		return nil
	default:
		name, root, dir = one.Module.Path+" "+one.Module.Version, one.Module.Dir, one.Dir
	}
	if p[name] == nil {
		p[name] = &part{root, map[string]bool{}}
	}
	for ; ; dir = filepath.Dir(dir) {
		if err := p[name].addFolder(dir); err != nil || dir == root {
			return err
		}
		if len(dir) <= len(root) {
			return fmt.Errorf("%s: the package in %s is outside of %s", name, one.Dir, root)
		}
	}
}

var withLicence = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents)s?([-._].*)?$`)

func (p *part) addFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if withLicence.MatchString(e.Name()) && e.Type().IsRegular() && !slices.Contains([]string{".go", ".s", ".h"}, filepath.Ext(e.Name())) {
			p.files[filepath.Join(dir, e.Name())] = true
		}
	}
	return err
}
