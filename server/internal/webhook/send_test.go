package webhook

import (
	"context"
	"net"
	"net/http"
	"testing"

	"code.dny.dev/ssrf"
	"github.com/stretchr/testify/assert"
)

// failing is a way to targets on which every post fails.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// The answer to who registers a webhook shows neither the server's network nor which names
// there are in it.
func TestHandshakeTellsNothingOfTheNetwork(t *testing.T) {
	refusal := func(o Options, target string, err error) string {
		s := newSender(o)
		s.client.Transport = failing{err}
		refused := s.handshake(context.Background(), Hook{Webhook: Webhook{Target: target}, Secret: "s"})
		assert.Error(t, refused)
		return refused.Error()
	}
	unknown := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "wiki.inner", Server: "10.1.2.3:53"}}
	inner := &net.OpError{Op: "dial", Err: ssrf.ErrProhibitedIP}
	public := refusal(Options{}, "https://wiki.inner/", unknown)
	assert.Equal(t, public, refusal(Options{}, "https://wiki.inner/", inner), "whether the name resolves")
	assert.NotContains(t, public, "10.1.2.3")
	assert.NotContains(t, refusal(Options{Private: true}, "https://wiki.inner/", unknown), "10.1.2.3")
	assert.Contains(t, refusal(Options{}, "http://www.example.com/", nil), "https://")
}
