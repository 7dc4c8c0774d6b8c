package core_test

import (
	"fmt"

	"parley/core"
)

// A shell gives the core what happens, with the time and a random number, and
// carries out the effects. Here: init asks the server for the app, and the
// server's response ends the call.
func ExampleMachine_Step() {
	client := core.New(core.Options{})
	step := func(now int64, in core.Input) {
		for _, effect := range client.Step(core.Moment{Now: now, Rand: 7}, in, nil) {
			switch e := effect.(type) {
			case core.Fetch:
				fmt.Printf("call %d: %s %s\n", e.Call, e.Method, e.URL)
			case core.Arm:
				fmt.Printf("timer %d in %s\n", e.Timer, e.After)
			case core.Mirror:
				fmt.Printf("session %s\n", e.Session)
			case core.Settle:
				fmt.Printf("call %d is done\n", e.Call)
			}
		}
	}

	const now = 1_700_000_000_000 // unix milliseconds
	step(now, core.Init{Call: 1, App: core.App{ID: "demo", API: "https://chat.example/v1", Socket: "wss://chat.example/v1/socket"}})
	step(now+50, core.Fetched{Call: 1, Status: 200, Body: []byte(`{"success":true}`)})
	// Output:
	// call 1: GET https://chat.example/v1/apps/demo/validate
	// timer 5 in 15s
	// session {"isInit":true}
	// call 1 is done
}
