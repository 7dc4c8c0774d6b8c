// Command serve is a provider for browser tests. It lets in jane.doe@example.com, writes
// what the app's setting login.oidc needs as JSON, and runs until its input ends.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/oauth2-proxy/mockoidc"

	"parley/server/servertest/provider"
)

func main() {
	m, err := mockoidc.NewServer(nil)
	if err == nil {
		err = provider.Start(m, nil)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(map[string]string{
			"issuer": m.Issuer(), "clientId": m.ClientID, "clientSecret": m.ClientSecret,
		})
	}
	if err != nil {
		log.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}
