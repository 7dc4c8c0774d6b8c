package wire_test

import (
	"fmt"

	"parley/core/wire"
)

// A push is read, and acknowledged with a request that is written.
func Example() {
	text := []byte(`{"seq":9,"prev":7,"event":"messages:new","data":{"chatId":"c1","message":{"id":"c1.9","message":"hello"}}}`)
	push, err := wire.Parse(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	var chatID, messageID string
	var message wire.Raw
	err = wire.Read(push.Data, "chatId", &chatID, "message", &message)
	if err == nil {
		err = wire.Read(message, "id", &messageID)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(push.Event, push.Seq, messageID)

	request := wire.Frame{ID: "r1", Event: "messages:read",
		Data: wire.NewObject(nil).Str("chatId", chatID).Str("messageId", messageID).Done()}
	fmt.Printf("%s\n", request.Append(nil))
	// Output:
	// messages:new 9 c1.9
	// {"id":"r1","event":"messages:read","data":{"chatId":"c1","messageId":"c1.9"}}
}

// What a frame lacks, or has of the wrong type, is named.
func ExampleParse() {
	_, err := wire.Parse([]byte(`{"seq":"nine"}`))
	fmt.Println(err)
	// Output: frame: seq: must be a number, not a string
}
