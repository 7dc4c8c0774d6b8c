// Package web holds what pages load, built by `make build` into dist, so that
// the server carries it in one binary.
package web

import "embed"

// Dist is web/dist. A fresh clone has only its placeholder; the server then
// says what to run.
//
//go:embed all:dist
var Dist embed.FS
