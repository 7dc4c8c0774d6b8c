package client_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"parley/core"
	"parley/core/client"
	"parley/core/coretest"
	"parley/core/wire"
)

// A visitor connects, sends a message and receives the agent's. The server is one
// in memory; for a real one, Dialer is wsconn.Dialer{}, HTTP is left out, and App
// has the server's addresses.
func Example() {
	server := coretest.NewServer()
	defer server.Close()
	server.AddUser("visitors-token", "vera", "")
	server.AddUser("agents-token", "anna", "parley")

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	app := core.App{ID: "demo", API: "https://chat.example/v1", Socket: "wss://chat.example/v1/socket"}
	connect := func(id, token string) *client.Client {
		c, err := client.New(client.Options{Dialer: server, LongPolling: server, HTTP: server})
		if err != nil {
			log.Fatal(err)
		}
		if err := c.Init(ctx, app); err != nil {
			log.Fatal(err)
		}
		if _, err := c.Login(ctx, id, token); err != nil {
			log.Fatal(err)
		}
		return c
	}

	vera := connect("vera", "visitors-token")
	defer vera.Close()
	received := make(chan wire.Raw)
	vera.On(func(event client.Event) {
		if e, is := event.(core.Emit); is && e.To == core.ToChat && e.Event == "message:received" {
			received <- e.Data
		}
	})
	chatID, err := vera.CreateChat(ctx, client.NewChat{Lang: "en", Source: "3"})
	if err != nil {
		log.Fatal(err)
	}
	sent, err := vera.SendMessage(ctx, chatID, "Is my parcel on its way?")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("sent: %s\n", sent.Message)

	anna := connect("anna", "agents-token")
	defer anna.Close()
	if _, err := anna.SendEvent(ctx, "chats:join", wire.NewObject(nil).Str("chatId", chatID).Done()); err != nil {
		log.Fatal(err)
	}
	if _, err := anna.SendMessage(ctx, chatID, "It comes tomorrow."); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("received: %s\n", <-received)
	// Output:
	// sent: {"id":"chat1.2","chat":"chat1","sender":"vera","type":"text","message":"Is my parcel on its way?"}
	// received: {"chatId":"chat1","userId":"anna","message":{"id":"chat1.4","chat":"chat1","sender":"anna","type":"text","message":"It comes tomorrow."}}
}
