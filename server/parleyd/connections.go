package main

import "fmt"

// manyFiles is the number of open files beyond which their limit says nothing.
const manyFiles = 1 << 17

// ownFiles is how many files the process has open beside connections: those of the store.
const ownFiles = 128

func (c *config) checkConnections() (wrong []error) {
	if most := openFiles() - ownFiles; c.connections > most {
		wrong = append(wrong, fmt.Errorf("-connections: %d are more than the %d that this process may have open beside its own files; "+
			"lower it, or raise the limit on open files (ulimit -n, LimitNOFILE)", c.connections, most))
	}
	if c.perAddress > c.connections {
		wrong = append(wrong, fmt.Errorf("-connections-per-address: %d are more than the %d of -connections", c.perAddress, c.connections))
	}
	return wrong
}
