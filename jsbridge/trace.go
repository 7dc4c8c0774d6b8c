//go:build js && wasm

package jsbridge

import "runtime"

// deepestTrace is how many calls a trace has.
const deepestTrace = 32

// trace writes to the console which calls led to a panic that the caller has recovered
// from. They are program counters, since the program that pages load has no names of
// functions; `make symbolize` finds them.
func trace() {
	var calls [deepestTrace]uintptr
	print("parley: the core has a defect; the calls that led to it are")
	for _, pc := range calls[:runtime.Callers(3, calls[:])] { // not this function and its caller
		print(" pc=", pc)
	}
	println()
}
