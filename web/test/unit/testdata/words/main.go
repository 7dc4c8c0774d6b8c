// Command words prints what overlay.test.ts compares: once with Go's fmt, once with ours.
package main

import (
	"errors"
	"fmt"
	"os"
	"syscall/js"

	"github.com/hack-pad/safejs"
)

type (
	name   string
	raw    []byte
	number int
	count  uint64
	kind   struct{}
)

func (kind) String() string { return "a \"kind\"" }

func main() {
	for _, v := range []any{[]byte("bytes"), raw("raw"), raw(nil)} {
		fmt.Fprintf(os.Stdout, "%s|%q\n", v, v)
	}
	for _, v := range []any{"a\n\"b\"", name("é\xff"), "", errors.New("an error"), kind{}, &kind{}} {
		fmt.Fprintf(os.Stdout, "%s|%v|%q|%+v\n", v, v, v, v)
	}
	for _, v := range []any{0, -1, int32(-32), int64(-1 << 63), uint32(32), uint64(1<<64 - 1), uint8(8), uintptr(9), number(7), count(8)} {
		fmt.Fprintf(os.Stdout, "%d|%v\n", v, v)
	}
	fmt.Fprintf(os.Stdout, "%v %v %v %% %s\n", true, false, nil, "end")
	fmt.Fprint(os.Stdout, 1, 2, "three", 4, "\n")
	fmt.Fprint(os.Stdout, fmt.Sprint("a", 1, 2, true, nil, errors.New("e")), fmt.Sprintf("%s", fmt.Errorf("%s: %d", "no", 5)), "\n")
	// What the page threw, and a defect of ours, as errors of safejs.
	_, thrown := safejs.Global().Call("eval", "throw new TypeError('no such thing')")
	_, defect := safejs.Safe(js.Undefined()).Get("x")
	_, kinds := safejs.Safe(js.Null()).InstanceOf(safejs.Null())
	fmt.Fprintf(os.Stdout, "%s|%v|%q|%s|%s\n", thrown, thrown, thrown, defect, kinds)
}
