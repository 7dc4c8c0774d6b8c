package main

import (
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/assert"
)

// What a history may be: appends that met stand in any order, a reading may be behind. What it
// may not: an order against the clock, a reading of what nobody has appended yet, or of another order.
func TestRegister(t *testing.T) {
	const a, b = "a\n", "b\n"
	op := func(input act, output string, from, to int64) porcupine.Operation {
		return porcupine.Operation{Input: input, Output: output, Call: from, Return: to}
	}
	together := []porcupine.Operation{op(act{text: "a"}, "", 0, 3), op(act{text: "b"}, "", 1, 2)}
	inTurn := []porcupine.Operation{op(act{text: "a"}, "", 0, 1), op(act{text: "b"}, "", 2, 3)}
	for name, c := range map[string]struct {
		begins []porcupine.Operation
		reads  []porcupine.Operation
		good   bool
	}{
		"one order":            {together, []porcupine.Operation{op(act{last: true}, a+b, 4, 5)}, true},
		"the other":            {together, []porcupine.Operation{op(act{last: true}, b+a, 4, 5)}, true},
		"in turn":              {inTurn, []porcupine.Operation{op(act{last: true}, a+b, 4, 5)}, true},
		"against the clock":    {inTurn, []porcupine.Operation{op(act{last: true}, b+a, 4, 5)}, false},
		"behind":               {inTurn, []porcupine.Operation{op(act{}, a, 4, 5), op(act{last: true}, a+b, 6, 7)}, true},
		"lost":                 {inTurn, []porcupine.Operation{op(act{last: true}, a, 4, 5)}, false},
		"doubled":              {inTurn, []porcupine.Operation{op(act{last: true}, a+b+b, 4, 5)}, false},
		"before it was sent":   {inTurn, []porcupine.Operation{op(act{}, a+b, 0, 1), op(act{last: true}, a+b, 4, 5)}, false},
		"two readers disagree": {together, []porcupine.Operation{op(act{}, a, 4, 5), op(act{}, b, 4, 5)}, false},
	} {
		assert.Equal(t, c.good, porcupine.CheckOperations(register, append(c.reads, c.begins...)), name)
	}
}
