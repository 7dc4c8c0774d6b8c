package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What the servers say is taken apart, and what they are told has the form that they expect.
func TestProtocols(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		protocol protocol
		told     []string
		came     []string
		heard    []string
	}{
		{
			newCentrifuge(),
			[]string{`1 {"id":1,"connect":{}}`, `2 {"id":2,"subscribe":{"channel":"room7"}}`, `3 {"id":3,"publish":{"channel":"room7","data":{"chat":"room7","text":"bench 0 5 text"}}}`},
			[]string{"{\"id\":1,\"connect\":{\"client\":\"x\"}}\n{\"id\":22}", "{}", `{"push":{"channel":"room7","pub":{"data":{"chat":"room7","text":"bench 0 5 text"},"offset":1}}}` + "\n"},
			[]string{"answer 1", "answer 22", "ping {}", "room7 true"},
		},
		{
			newSocketIO(),
			[]string{"hello 40", `1 421["join","room7"]`, `2 422["say",{"id":"room7-1","chat":"room7","text":"bench 0 5 text"}]`},
			[]string{`0{"sid":"x","pingInterval":25000}`, `40{"sid":"y"}`, "2", `431["room7"]`, `42["said",{"id":"room7-1","chat":"room7","text":"bench 0 5 text","seq":1}]`},
			[]string{"answer hello", "ping 3", "answer 1", "room7 true"},
		},
	} {
		var told, heard []string
		for _, ask := range []func() (string, []byte){
			tc.protocol.hello,
			func() (string, []byte) { return tc.protocol.join("room7") },
			func() (string, []byte) { return tc.protocol.say("room7", "bench 0 5 text") },
		} {
			id, frame := ask()
			told = append(told, id+" "+string(frame))
		}
		for _, came := range tc.came {
			tc.protocol.parts([]byte(came), func(one part) {
				switch {
				case one.ping != nil:
					heard = append(heard, "ping "+string(one.ping))
				case one.answer != "":
					heard = append(heard, "answer "+one.answer)
				default:
					heard = append(heard, fmt.Sprint(one.room, " ", len(one.text) > 0))
				}
			})
		}
		assert.Equal(t, tc.told, told)
		assert.Equal(t, tc.heard, heard)
	}
}
