package main

import (
	"debug/buildinfo"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/web"
)

// buildProgram builds parleyd as a release is built, and gives its file.
func buildProgram(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "parleyd")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=auto", "-o", file, ".")
	said, err := build.CombinedOutput()
	require.NoError(t, err, "%s", said)
	return file
}

// outputOf runs a program that must not fail, and gives what it prints.
func outputOf(t *testing.T, program string, args ...string) string {
	t.Helper()
	printed, err := exec.CommandContext(t.Context(), program, args...).Output()
	require.NoError(t, err)
	return string(printed)
}

// A program that `go build` makes says what it is, and whose work is in it: each module that
// the linker put in has its licence there, in the version that it has.
func TestProgramSaysWhatItIsMadeOf(t *testing.T) {
	t.Parallel()
	program := buildProgram(t)
	info, err := buildinfo.ReadFile(program)
	require.NoError(t, err)
	version, err := web.Version()
	require.NoError(t, err)

	said := outputOf(t, program, "version")
	assert.Contains(t, said, "parleyd "+version+"\ncommit  "+builtOf(info).commit+"\n")
	assert.Contains(t, said, "go      "+runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH+"\n")

	licences := outputOf(t, program, "licenses")
	assert.Contains(t, licences, "\nGo "+strings.TrimPrefix(runtime.Version(), "go")+": BSD-3-Clause\n")
	require.Greater(t, len(info.Deps), 20)
	for _, module := range info.Deps {
		assert.Contains(t, licences, "\n"+module.Path+" "+module.Version+": ", "run `make build`, which writes the notices")
	}
	for _, name := range []string{"lit-html ", "dompurify ", "minisearch ", "github.com/hack-pad/safejs "} {
		assert.Contains(t, licences, "\n"+name, "in the files for browsers")
	}
}

func TestBuiltOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		settings []debug.BuildSetting
		want     madeOf
	}{
		{"without git", nil, madeOf{commit: "unknown"}},
		{"of a commit", []debug.BuildSetting{
			{Key: "vcs.revision", Value: "c0ffee"}, {Key: "vcs.time", Value: "2026-11-30T12:00:00Z"}, {Key: "vcs.modified", Value: "false"},
		}, madeOf{"c0ffee", "2026-11-30T12:00:00Z"}},
		{"of files that differ", []debug.BuildSetting{
			{Key: "vcs.revision", Value: "c0ffee"}, {Key: "vcs.modified", Value: "true"},
		}, madeOf{commit: "c0ffee-modified"}},
	} {
		assert.Equal(t, tc.want, builtOf(&debug.BuildInfo{Settings: tc.settings}), tc.name)
	}
	assert.Equal(t, madeOf{commit: "unknown"}, builtOf(nil), "a program without build information")
}

func TestVersionAndLicencesTakeNothing(t *testing.T) {
	t.Parallel()
	var to strings.Builder
	require.ErrorContains(t, printVersion([]string{"-x"}, &to), "nothing more")
	require.ErrorContains(t, printLicences([]string{"all"}, &to), "nothing more")
	assert.Empty(t, to.String())
}
