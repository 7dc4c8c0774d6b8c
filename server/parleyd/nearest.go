package main

import (
	"slices"
	"strings"
)

// nearest gives the name that is most like a word, and how many letters it takes to add,
// remove or change.
func nearest(word string, names []string) (name string, letters int) {
	word = strings.ToLower(strings.ReplaceAll(word, "_", "-"))
	name = slices.MinFunc(names, func(a, b string) int { return distance(word, a) - distance(word, b) })
	return name, distance(word, name)
}

// didYouMean asks for the name that is most like a word. One in which half of the letters are
// wrong helps nobody; then the advice is what there is.
func didYouMean(mark, word string, names []string) string {
	const advice = "-h explains all of them"
	if name, letters := nearest(word, names); letters <= max(2, len(name)/2) {
		return "did you mean " + mark + name + "? " + advice
	}
	return advice
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
