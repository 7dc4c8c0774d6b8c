// Command traces is what strip.test.ts takes the names out of.
package main

import (
	"os"
	"runtime"
	"strings"
)

type text string

func (t text) Length() int { return len(t) }

func main() {
	switch os.Args[1] {
	case "work":
		println("deep", deep(20_000), "kept", len(churn()), "words", strings.Count(words(), " "))
		println("recovered", wrapped())
		runtime.Goexit() // the runtime counts goroutines that are not its own, by their names, and finds none
	case "panic":
		outer(nil)
	case "overflow":
		deep(1 << 40) // the stack of the JavaScript engine ends first
	}
}

// deep has the stack grow, which moves it by what the tables say of each frame.
func deep(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + deep(n-1)
}

func churn() map[int][]byte {
	kept := map[int][]byte{}
	for i := range 100_000 {
		kept[i%100] = make([]byte, 1000)
	}
	runtime.GC()
	return kept
}

func words() string {
	parts := make(chan string)
	go func() {
		defer close(parts)
		for range 10 {
			parts <- "word "
		}
	}()
	var all strings.Builder
	for part := range parts {
		all.WriteString(part)
	}
	return all.String()
}

// wrapped calls the method of a value by a pointer that is nil.
func wrapped() (reason string) {
	defer func() { reason = recover().(error).Error() }()
	none.Length()
	return ""
}

var none interface{ Length() int } = (*text)(nil)

func outer(p *int) { inner(p) }

func inner(p *int) {
	*p = 1
}
