package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are the licences (SPDX) whose terms are kept by notices like these. One that is not
// here asks for more: read it before it is added.
var allowed = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "Unlicense"}

// enough is the part of a file, in percent, that must be known words of licences.
const enough = 75

var noLicence = regexp.MustCompile(`(?i)^(notice|patents)`) // says more beside one

// read gives the names of a part's licences, and the texts of its files.
func (p *part) read() (licences []string, texts string, err error) {
	var all strings.Builder
	for _, file := range slices.Sorted(maps.Keys(p.files)) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, "", err
		}
		name, err := filepath.Rel(p.root, file)
		if err != nil {
			return nil, "", err
		}
		name = filepath.ToSlash(name)
		if !noLicence.MatchString(filepath.Base(file)) {
			found, err := licencesOf(text)
			if err != nil {
				return nil, "", fmt.Errorf("%s: %w", name, err)
			}
			licences = append(licences, found...)
		}
		fmt.Fprintf(&all, "--- %s ---\n\n%s\n\n", name, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	if len(licences) == 0 {
		return nil, "", fmt.Errorf("there is no licence in %s", p.root)
	}
	slices.Sort(licences)
	return slices.Compact(licences), all.String(), nil
}

// licencesOf gives the names of the licences in a text.
func licencesOf(text []byte) ([]string, error) {
	coverage := licensecheck.Scan(text)
	var names []string
	for _, match := range coverage.Match {
		if match.IsURL {
			continue // the address of a licence whose words stand here too
		}
		if !slices.Contains(allowed, match.ID) {
			return nil, fmt.Errorf("the licence %s is not among those allowed: %s", match.ID, strings.Join(allowed, ", "))
		}
		names = append(names, match.ID)
	}
	if len(names) == 0 || coverage.Percent < enough {
		return nil, errors.New("it has words that are those of no known licence")
	}
	return names, nil
}
