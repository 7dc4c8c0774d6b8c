package main

import "fmt"

// verdict counts in which ways the promise was broken.
type verdict struct {
	Messages, Lost, Doubled, Reordered int
	Broken                             int // rejected promises, and errors of pages
	examples                           []string
}

// Good says whether the promise was kept.
func (v verdict) Good() bool { return v.Lost+v.Doubled+v.Reordered+v.Broken == 0 }

func (v *verdict) add(o verdict) {
	v.Messages += o.Messages
	v.Lost += o.Lost
	v.Doubled += o.Doubled
	v.Reordered += o.Reordered
	v.Broken += o.Broken
	v.examples = append(v.examples, o.examples...)
}

func (v *verdict) example(format string, args ...any) {
	if len(v.examples) < 10 {
		v.examples = append(v.examples, fmt.Sprintf(format, args...))
	}
}

// judge compares the texts that a sender was promised with those in a log: each must be
// there once, in the order of sending.
func judge(who string, promised, found []string) (v verdict) {
	v.Messages = len(promised)
	times, last := map[string]int{}, -1
	sentAt := map[string]int{}
	for i, text := range promised {
		sentAt[text] = i
	}
	for _, text := range found {
		if times[text]++; times[text] == 2 {
			v.Doubled++
			v.example("%s: %q is in the log twice", who, text)
		}
		at, known := sentAt[text]
		if !known || times[text] > 1 {
			continue
		}
		if at < last {
			v.Reordered++
			v.example("%s: %q comes after %q", who, text, promised[last])
		}
		last = max(last, at)
	}
	for _, text := range promised {
		if times[text] == 0 {
			v.Lost++
			v.example("%s: %q is lost", who, text)
		}
	}
	return v
}
