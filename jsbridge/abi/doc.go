// Package abi is the table of all that crosses between the page and the core:
// the functions that JavaScript calls (Exports), the page functions that Go
// calls (Hosts), the commands, the effects, and the numbers that stand for
// words (Enums).
//
// The TypeScript side is generated from it (web/src/shared/abi.ts), so that the
// TypeScript compiler checks the page. The Go side (jsbridge) is written by
// hand, and so is the list in its package comment: this package's tests compare
// both with the table.
//
// To add a command or an effect: add its row here, run go generate, then
// follow the test and the TypeScript compiler to the places that lack it.
package abi

//go:generate go test . -run TestTypeScriptIsGenerated -update
