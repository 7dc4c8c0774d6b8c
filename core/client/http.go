package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"parley/core"
)

const (
	httpWithin = time.Minute
	httpLimit  = 64 << 20 // bytes of one answer
)

// netHTTP is the HTTP port over net/http.
type netHTTP struct{ client *http.Client }

func newHTTP() core.HTTP { return netHTTP{&http.Client{Timeout: httpWithin}} }

func (h netHTTP) Do(ctx context.Context, f core.Fetch) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, f.Method, f.URL, bytes.NewReader(f.Body))
	if err != nil {
		return 0, nil, err
	}
	for _, line := range f.Header {
		request.Header.Set(line[0], line[1])
	}
	answer, err := h.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, httpLimit+1))
	if err == nil && len(body) > httpLimit {
		err = fmt.Errorf("the answer of %s is over %d bytes", f.URL, httpLimit)
	}
	return answer.StatusCode, body, err
}
