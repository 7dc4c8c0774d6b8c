//go:build !linux && !darwin

package store

// diskBytes does not know how to ask this system.
func diskBytes(string) (free, total uint64, known bool) { return 0, 0, false }
