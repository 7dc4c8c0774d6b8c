//go:build !linux && !darwin

package store

// freeBytes does not know how to ask this system.
func freeBytes(string) (bytes uint64, known bool) { return 0, false }
