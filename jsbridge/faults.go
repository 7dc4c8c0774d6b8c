//go:build js && wasm && parleyfaults

package jsbridge

import "os"

// fault ends the program in the way that a test asks for, by an event that no
// server has. It is in the build that tests make of it, and in no other.
func fault(event string) {
	switch event {
	case "fault:panic":
		panic("a fault that was asked for")
	case "fault:exit":
		os.Exit(3)
	case "fault:memory":
		for hold := [][]byte{}; ; {
			hold = append(hold, make([]byte, 256<<20))
		}
	}
}
