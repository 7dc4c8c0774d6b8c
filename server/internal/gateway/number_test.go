package gateway

import (
	"fmt"
	"regexp"
	"testing"
)

var wellFormed = regexp.MustCompile(`^([1-9][0-9]{0,8})(\{(?s:.*))?$`)

// FuzzNumber holds cutNumber against an expression.
func FuzzNumber(f *testing.F) {
	for _, frame := range []string{"", "0", "1", "01{}", "1{}", "12{}", "999999999{", "1234567890{}", "1 {}", "1[]", "{}", "-1{}", "1\n", "1{\n"} {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		number, text, ok := cutNumber(b)
		want := wellFormed.FindSubmatch(b)
		if ok != (want != nil) {
			t.Fatalf("%q: %v", b, ok)
		}
		if ok && (fmt.Sprint(number) != string(want[1]) || string(text) != string(want[2])) {
			t.Fatalf("%q: %d %q", b, number, text)
		}
	})
}
