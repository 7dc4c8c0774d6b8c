package main

import (
	"slices"
	"strings"
)

// nearest gives the name that is most like a word: that takes the fewest letters to add,
// remove or change.
func nearest(word string, names []string) string {
	word = strings.ToLower(strings.ReplaceAll(word, "_", "-"))
	return slices.MinFunc(names, func(a, b string) int { return distance(word, a) - distance(word, b) })
}

func distance(a, b string) int {
	row := make([]int, len(b)+1) // the distances of what is read of a from each beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0] // that of the row above, one to the left
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
