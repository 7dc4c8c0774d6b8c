//go:build js && wasm && parleyfaults

package jsbridge

import "os"

// fault ends the program as a test asks for, with an event that no server has. Only
// the build for tests has it (build tag parleyfaults).
func fault(event string) {
	switch event {
	case "fault:panic":
		panic("a fault for a test")
	case "fault:exit":
		os.Exit(3)
	case "fault:memory":
		for hold := [][]byte{}; ; {
			hold = append(hold, make([]byte, 256<<20))
		}
	}
}
