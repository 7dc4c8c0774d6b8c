package drive

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// API makes requests of an app with its secret, or with the admin secret.
type API struct {
	Base   string       // the server's address, such as http://127.0.0.1:8000
	App    string       // "" for the operator's requests
	Secret string       // "" for requests that anybody may make
	Client *http.Client // nil is http.DefaultClient
}

// Account is a user with a session.
type Account struct {
	User    struct{ ID string }
	Session struct{ Token string }
}

// Refused is the answer to a request that did not succeed.
type Refused struct {
	Asked  string // the method and the address
	Status int
	Text   string
}

func (r *Refused) Error() string {
	return fmt.Sprintf("%s: %d %s: %s", r.Asked, r.Status, http.StatusText(r.Status), r.Text)
}

// mostAnswer bounds an answer in bytes.
const mostAnswer = 64 << 20

// Ask makes a request with a body of JSON, and reads the answer unless it is nil.
func (a API) Ask(ctx context.Context, method, path string, body, answer any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	text, err := a.exchange(ctx, method, a.Base+"/v1"+path, sent)
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(text, answer)
}

// Get gives what is at a path of the API.
func (a API) Get(ctx context.Context, path string) ([]byte, error) {
	return a.Read(ctx, a.Base+"/v1"+path)
}

// Read gives what is at a URL.
func (a API) Read(ctx context.Context, url string) ([]byte, error) {
	return a.exchange(ctx, http.MethodGet, url, nil)
}

func (a API) exchange(ctx context.Context, method, url string, sent []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"x-hyper-appId": a.App, "x-hyper-secret": a.Secret, "Content-Type": "application/json"} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	got, err := cmp.Or(a.Client, http.DefaultClient).Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(got.Body, mostAnswer))
	if err == nil && got.StatusCode != http.StatusOK {
		err = &Refused{Asked: method + " " + url, Status: got.StatusCode, Text: string(text)}
	}
	return text, err
}
