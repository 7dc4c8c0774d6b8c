package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const isc = `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR
CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT,
NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`

const zlib = `This software is provided 'as-is', without any express or implied warranty. In no event will the authors be held liable
for any damages arising from the use of this software.

Permission is granted to anyone to use this software for any purpose, including commercial applications, and to alter it and
redistribute it freely, subject to the following restrictions:

1. The origin of this software must not be misrepresented; you must not claim that you wrote the original software. If you use
   this software in a product, an acknowledgment in the product documentation would be appreciated but is not required.
2. Altered source versions must be plainly marked as such, and must not be misrepresented as being the original software.
3. This notice may not be removed or altered from any source distribution.
`

// notice makes a module with these files, and gives its notice, of its package "used".
func notice(t *testing.T, files map[string]string) (string, error) {
	t.Helper()
	root := t.TempDir()
	files["used/code.go"] = "package used"
	for name, text := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	found := parts{}
	one := goPackage{Dir: filepath.Join(root, "used")}
	one.Module = &goModule{Path: "example.com/m", Version: "v1.2.3", Dir: root}
	require.NoError(t, found.addPackage(one, "/nowhere"))
	var to strings.Builder
	err := found.write(&to)
	return to.String(), err
}

func TestNoticeOfAModule(t *testing.T) {
	t.Parallel()
	text, err := notice(t, map[string]string{
		"LICENSE": "Copyright (c) 2020 Someone\r\n\r\n" + isc, "NOTICE": "Made by Someone.", "used/COPYING.txt": isc,
		"license.go": "package m", "unused/LICENSE": "All rights reserved.",
	})
	require.NoError(t, err)
	assert.Contains(t, text, "\nexample.com/m v1.2.3: ISC\n")
	for _, part := range []string{"--- LICENSE ---\n\nCopyright (c) 2020 Someone\n\nPermission", "--- NOTICE ---\n\nMade by Someone.\n", "--- used/COPYING.txt ---\n"} {
		assert.Contains(t, text, part)
	}
	assert.NotContains(t, text, "package m")
	assert.NotContains(t, text, "reserved", "nothing of that package is in the program")
}

func TestNoticeOfAModuleThatMayNotBeUsed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, says string }{
		{"LICENSE", "All rights reserved.", "LICENSE: it has words that are those of no known licence"},
		{"LICENSE", isc + strings.Repeat("You must also send us a postcard from each place where you use it. ", 40), "no known licence"},
		{"LICENSE", zlib, "the licence Zlib is not among those allowed"},
		{"used/LICENSE", "All rights reserved.", "used/LICENSE"},
		{"NOTICE", "Made by Someone.", "there is no licence in"},
		{"README", "Free for all.", "there is no licence in"},
	} {
		_, err := notice(t, map[string]string{tc.name: tc.text})
		require.ErrorContains(t, err, "example.com/m v1.2.3: ", tc.text)
		require.ErrorContains(t, err, tc.says, tc.text)
	}
}

func TestGenerateSaysWhatItNeeds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args []string
		says string
	}{
		{nil, "generate -for linux/amd64"},
		{[]string{"-for", "linux/amd64"}, "generate -for linux/amd64"},
		{[]string{"-for", "linux", "."}, `platform "linux"`},
		{[]string{"-for", "linux/amd64", "./nothing"}, "go list for linux/amd64"},
	} {
		require.ErrorContains(t, run(t.Context(), tc.args, &strings.Builder{}), tc.says)
	}
}
