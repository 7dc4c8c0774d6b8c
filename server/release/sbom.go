package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/web"
)

// bom is a list of what something is made of, in the parts of CycloneDX 1.5 that are looked
// at here; the rest is kept as it is.
type bom map[string]any

// component is a component of a list.
type component struct {
	Ref     string `json:"bom-ref"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// listModules writes the list of the modules that a program has inside.
func (r *release) listModules(ctx context.Context, program, to string) error {
	made := to + ".new"
	defer func() { _ = os.Remove(made) }()
	list := command(ctx, r.cyclonedx, "bin", "-json", "-std", "-noserial", "-output-version", "1.5", "-version", "v"+r.version, "-output", made, program)
	if err := list.Run(); err != nil {
		return fmt.Errorf("cyclonedx-gomod: %w", err)
	}
	return r.settle(made, to, nil)
}

// addPackage adds the npm package, and the list of what is in it: npm packages, of which
// bundles have parts, and the Go modules of the core.
func (r *release) addPackage(ctx context.Context) error {
	where, err := filepath.Abs(r.out)
	if err != nil {
		return err
	}
	pack := command(ctx, "npm", "pack", "--silent", "--pack-destination", where)
	pack.Dir = "web"
	if err := pack.Run(); err != nil {
		return fmt.Errorf("npm pack: %w", err)
	}
	all := r.file("npm.new")
	defer func() { _ = os.Remove(all) }()
	list := command(ctx, "npm", "sbom", "--sbom-format", "cyclonedx", "--sbom-type", "library")
	list.Dir = "web"
	text, err := list.Output()
	if err != nil {
		return fmt.Errorf("npm sbom: %w", err)
	}
	if err := os.WriteFile(all, text, 0o600); err != nil {
		return err
	}
	core := r.file("core.new")
	defer func() { _ = os.Remove(core) }()
	modules := command(ctx, r.cyclonedx, "app", "-json", "-std", "-noserial", "-output-version", "1.5", "-output", core, "-main", "wasm", ".")
	modules.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if err := modules.Run(); err != nil {
		return fmt.Errorf("cyclonedx-gomod: %w", err)
	}
	return r.settle(all, r.file("parley-chat-"+r.version+".cdx.json"), func(b bom) error { return r.ofThePackage(b, core) })
}

// ofThePackage leaves of a list of all that is installed for the web what is in the files,
// and adds the modules of the core.
func (r *release) ofThePackage(b bom, core string) error {
	notices, err := web.Dist.ReadFile("dist/NOTICES.txt")
	if err != nil {
		return err
	}
	var refs []any
	kept := slices.DeleteFunc(asList(b["components"]), func(one any) bool {
		c, err := as[component](one)
		inFiles := err == nil && strings.Contains(string(notices), "\n"+c.Name+" "+c.Version+": ")
		if inFiles {
			refs = append(refs, c.Ref)
		}
		return !inFiles
	})
	if len(kept) == 0 {
		return fmt.Errorf("npm sbom lists no package that is in NOTICES.txt")
	}
	modules, err := readBOM(core)
	if err != nil {
		return err
	}
	for _, one := range asList(modules["components"]) {
		c, err := as[component](one)
		if err != nil {
			return err
		}
		refs = append(refs, c.Ref)
		kept = append(kept, one)
	}
	metadata, err := as[struct{ Component map[string]any }](b["metadata"])
	if err != nil {
		return err
	}
	b["components"] = kept
	b["dependencies"] = []any{map[string]any{"ref": metadata.Component["bom-ref"], "dependsOn": refs}}
	return nil
}

// settle rewrites a list as the same one each time: with the time of the commit, without a
// number of its own. change changes it before; nil leaves it.
func (r *release) settle(from, to string, change func(bom) error) error {
	b, err := readBOM(from)
	if err != nil {
		return err
	}
	if change != nil {
		if err := change(b); err != nil {
			return err
		}
	}
	delete(b, "serialNumber")
	if metadata, ok := b["metadata"].(map[string]any); ok {
		metadata["timestamp"] = r.committed.Format(time.RFC3339)
		for _, tool := range asList(metadata["tools"]) {
			if tool, ok := tool.(map[string]any); ok {
				delete(tool, "hashes") // each machine builds the tool for itself
			}
		}
	}
	return r.write(filepath.Base(to), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(b)
	})
}

func readBOM(file string) (bom, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	b := bom{}
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return b, nil
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

// as reads a part of a list.
func as[T any](value any) (part T, err error) {
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &part)
	}
	return part, err
}
