package certificate

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// said keeps what an authority says of challenges that have failed: autocert tries the next
// one, and drops why. It is the transport of the requests to the authority.
type said struct {
	mu      sync.Mutex
	reasons []string
}

const (
	mostReasons = 10
	longestSaid = 64 << 10 // an answer that is longer is about no challenge
)

var _ http.RoundTripper = (*said)(nil)

// RoundTrip sends a request, and notes what the answer says.
func (s *said) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	begin, err := io.ReadAll(io.LimitReader(answer.Body, longestSaid))
	if err != nil {
		_ = answer.Body.Close()
		return nil, err
	}
	s.note(begin)
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(begin), answer.Body), answer.Body}
	return answer, nil
}

// note keeps the reasons of failed challenges in an answer, such as an authorization (RFC
// 8555, section 7.1.4).
func (s *said) note(answer []byte) {
	var about struct {
		Challenges []struct {
			Type  string
			Error struct{ Detail string }
		}
	}
	if json.Unmarshal(answer, &about) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range about.Challenges {
		reason := c.Type + ": " + c.Error.Detail
		if c.Error.Detail != "" && len(s.reasons) < mostReasons && !slices.Contains(s.reasons, reason) {
			s.reasons = append(s.reasons, reason)
		}
	}
}

// take gives what was said, and forgets it.
func (s *said) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.reasons, "; ")
	s.reasons = nil
	return text
}
