//go:build js && wasm && parleywalk

package main

import (
	"bytes"
	"runtime/coverage"
	"unsafe"
)

// walked is what parley_walk last gave.
var walked bytes.Buffer

// parley_walk is in the build of web/test/e2e/walk.spec.ts alone, which is made with
// -cover. 0 clears the coverage counters; 1 gives them and 2 the table that they
// belong to, as the address (high 32 bits) and the length of bytes in memory.
//
//go:wasmexport parley_walk
func parleyWalk(what int32) uint64 {
	walked.Reset()
	var err error
	switch what {
	case 0:
		err = coverage.ClearCounters()
	case 1:
		err = coverage.WriteCounters(&walked)
	case 2:
		err = coverage.WriteMeta(&walked)
	}
	if err != nil {
		panic(err)
	}
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(walked.Bytes()))))<<32 | uint64(walked.Len())
}
