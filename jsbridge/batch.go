//go:build js && wasm

package jsbridge

import (
	"fmt"
	"strconv"

	"parley/core/wire"
)

// batch is the JSON array of effects that one export returns.
type batch struct{ text []byte }

func (b *batch) begin() { b.text = append(b.text[:0], '[') }

// end closes the array; a batch without effects is empty.
func (b *batch) end() {
	switch {
	case len(b.text) == 1 && b.text[0] == '[':
		b.text = b.text[:0]
	case b.text[0] == '[':
		b.text = append(b.text, ']')
	}
}

// effect adds one effect: its name, then values that are JSON already.
func (b *batch) effect(name string, values ...wire.Raw) {
	if len(b.text) > 1 {
		b.text = append(b.text, ',')
	}
	b.text = append(b.text, '[')
	b.text = wire.AppendString(b.text, name)
	for _, v := range values {
		b.text = append(b.text, ',')
		if len(v) == 0 {
			v = wire.Raw("null")
		}
		b.text = append(b.text, v...)
	}
	b.text = append(b.text, ']')
}

// fatal replaces the batch, which a panic has left half done.
func (b *batch) fatal(reason any) {
	b.begin()
	b.effect("fatal", str(fmt.Sprint(reason)))
	b.end()
}

func str(s string) wire.Raw { return wire.AppendString(nil, s) }

func num[N ~int | ~int64 | ~uint64](n N) wire.Raw { return strconv.AppendInt(nil, int64(n), 10) }
