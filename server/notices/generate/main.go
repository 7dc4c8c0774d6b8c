// Generate writes the licences of what Go programs are made of, of Go itself and of every
// module, to the standard output:
//
//	go run ./server/notices/generate -for linux/amd64,windows/amd64 ./server/parleyd
//
// They are read from the sources that these programs are built of. It fails for a module
// that has no licence, or one that is not among those allowed here.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, to io.Writer) error {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	platforms := flags.String("for", "", "`list` of platforms, such as linux/amd64, separated by commas")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *platforms == "" || flags.NArg() == 0 {
		return fmt.Errorf("it needs platforms and programs: generate -for linux/amd64 ./server/parleyd")
	}
	found := parts{}
	for _, platform := range strings.Split(*platforms, ",") {
		if err := found.add(ctx, platform, flags.Args()); err != nil {
			return err
		}
	}
	return found.write(to)
}

// write writes the parts by name.
func (p parts) write(to io.Writer) error {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		one := p[name]
		licences, texts, err := one.read()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		line := strings.Repeat("=", 80)
		if _, err := fmt.Fprintf(to, "%s\n%s: %s\n%s\n\n%s", line, name, strings.Join(licences, ", "), line, texts); err != nil {
			return err
		}
	}
	return nil
}
