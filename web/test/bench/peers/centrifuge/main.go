// Command centrifuge is a server of the centrifuge library that keeps a history of each channel in memory. It prints its
// port.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"
)

func main() {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{UserID: "visitor"}}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnSubscribe(func(_ centrifuge.SubscribeEvent, done centrifuge.SubscribeCallback) {
			done(centrifuge.SubscribeReply{}, nil)
		})
		client.OnPublish(func(e centrifuge.PublishEvent, done centrifuge.PublishCallback) {
			result, err := node.Publish(e.Channel, e.Data, centrifuge.WithHistory(20_000, 10*time.Minute))
			done(centrifuge.PublishReply{Result: &result}, err)
		})
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	anyOrigin := centrifuge.WebsocketConfig{CheckOrigin: func(*http.Request) bool { return true }}
	log.Fatal(http.Serve(listener, centrifuge.NewWebsocketHandler(node, anyOrigin)))
}
