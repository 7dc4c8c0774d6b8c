package httpconn

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"parley/core"
)

// Dialer connects to servers by HTTP. Its zero value can be used.
type Dialer struct {
	ReadLimit   int64         // bytes of one answer; a longer one ends the connection. Defaults to 64 MiB
	WriteWithin time.Duration // the longest that the server may take to accept a message. Defaults to 10 s
	CloseWithin time.Duration // how long Close waits for the server to hear of it. Defaults to 1 s
	HTTPClient  *http.Client  // makes the requests; a time-out of its own must leave polls their 20 s. Defaults to http.DefaultClient
}

var _ core.Dialer = Dialer{}

// Dial connects to an http or https URL. The error names the URL.
func (d Dialer) Dial(ctx context.Context, url string) (core.Conn, error) {
	c := &conn{url: url, readLimit: cmp.Or(d.ReadLimit, 64<<20), writeWithin: cmp.Or(d.WriteWithin, 10*time.Second),
		closeWithin: cmp.Or(d.CloseWithin, time.Second), client: d.HTTPClient}
	if c.client == nil {
		c.client = http.DefaultClient
	}
	lines, err := c.ask(ctx, "open")
	if err == nil && len(lines) != 1 {
		err = errors.New("the answer is not of a chat server")
	}
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", url, err)
	}
	c.id = string(lines[0])
	c.life, c.end = context.WithCancel(context.Background())
	return c, nil
}

type conn struct {
	url, id                  string
	client                   *http.Client
	readLimit                int64
	writeWithin, closeWithin time.Duration

	frames [][]byte // of the last answer, not read yet; with polls, of Read alone
	polls  int
	sends  int // of Write alone

	life    context.Context // ends with Close, or when the connection is lost
	end     context.CancelFunc
	closing sync.Once
}

func (c *conn) Read(ctx context.Context) (message []byte, err error) {
	ctx, stop := c.within(ctx)
	defer stop()
	for len(c.frames) == 0 {
		c.polls++
		if c.frames, err = c.ask(ctx, fmt.Sprintf("poll %s %d", c.id, c.polls)); err != nil {
			c.end()
			return nil, fmt.Errorf("read: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		c.end()
		return nil, fmt.Errorf("read: %w", err)
	}
	message, c.frames = c.frames[0], c.frames[1:]
	return message, nil
}

func (c *conn) Write(ctx context.Context, message []byte) error {
	ctx, stop := c.within(ctx)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, c.writeWithin)
	defer cancel()
	c.sends++
	// In JSON a line can break only between tokens, where a space is as good.
	message = bytes.ReplaceAll(message, []byte("\n"), []byte(" "))
	if _, err := c.ask(ctx, fmt.Sprintf("send %s %d", c.id, c.sends), message); err != nil {
		c.end()
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// Close returns within closeWithin.
func (c *conn) Close() error {
	c.closing.Do(func() {
		defer c.end()
		ctx, cancel := context.WithTimeout(c.life, c.closeWithin)
		defer cancel()
		_, _ = c.ask(ctx, "close "+c.id) // without it the server misses the polls
	})
	return nil
}

// within gives a context that also ends when the connection is closed or lost.
func (c *conn) within(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.life, cancel)
	return ctx, func() { stop(); cancel() }
}

const endOfText = "end"

// ask makes one request, and gives the lines of its answer without the last one, which
// proves that the answer is whole.
func (c *conn) ask(ctx context.Context, first string, frames ...[]byte) ([][]byte, error) {
	lines := append([][]byte{[]byte(first)}, frames...)
	text := bytes.Join(append(lines, []byte(endOfText)), []byte("\n"))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	answer, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.readLimit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) > c.readLimit:
		return nil, fmt.Errorf("the answer is over the limit of %d bytes", c.readLimit)
	case answer.StatusCode != http.StatusOK && answer.Header.Get("Retry-After") != "":
		wait, _ := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 32) // 0 if it is a date
		return nil, &core.BusyError{Status: answer.Status, RetryAfter: wait}
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the server answered %s: %.200s", answer.Status, body)
	}
	lines = bytes.Split(body, []byte("\n"))
	last := len(lines) - 1
	if string(lines[last]) != endOfText {
		return nil, errors.New("the answer is cut: " + io.ErrUnexpectedEOF.Error())
	}
	return lines[:last], nil
}
