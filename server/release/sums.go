package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// sum writes SHA256SUMS, as `sha256sum -c` reads it, and prints it with the sizes.
func (r *release) sum(to io.Writer) error {
	files, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(r.file(file.Name()))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		fmt.Fprintf(&sums, "%s  %s\n", hex.EncodeToString(sum[:]), file.Name())
		fmt.Fprintf(to, "%s %10d  %s\n", hex.EncodeToString(sum[:]), len(content), file.Name())
	}
	return r.write("SHA256SUMS", func(w io.Writer) error {
		_, err := io.WriteString(w, sums.String())
		return err
	})
}
