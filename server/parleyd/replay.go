package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"parley/jsbridge/replay"
)

// replayFile is `parleyd replay FILE`: it feeds a recording of a page to the core, and
// writes the timeline, and whether the core did the same again. docs/debugging.md explains it.
func replayFile(args []string, stdout io.Writer) error {
	if len(args) != 1 {
		return errors.New("replay needs one file: parleyd replay FILE, with what ICF.Parley.debug.save() wrote")
	}
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	result, err := replay.Replay(file, stdout)
	if err != nil {
		return fmt.Errorf("replay %s: %w", args[0], err)
	}
	if result.Differs > 0 {
		return fmt.Errorf("replay %s: line %d: the core does something else than in the page", args[0], result.Differs)
	}
	fmt.Fprintf(stdout, "\n%d of %d entries replayed on %d cores, %d compared: every effect is as recorded\n",
		result.Replayed, result.Entries, result.Cores, result.Compared)
	if result.Skipped != "" {
		fmt.Fprintln(stdout, "not replayed:", result.Skipped)
	}
	return nil
}
