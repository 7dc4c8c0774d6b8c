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
	httpLimit  = 64 << 20 // bytes of one response
)

// netHTTP is a core.HTTP that uses net/http.
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
	response, err := h.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, httpLimit+1))
	if err == nil && len(body) > httpLimit {
		err = fmt.Errorf("the response of %s is over %d bytes", f.URL, httpLimit)
	}
	return response.StatusCode, body, err
}
