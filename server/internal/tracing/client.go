package tracing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// client posts spans to a collector (otlptrace.Client). OpenTelemetry's own one over HTTP
// brings gRPC into the program, which is larger than all the rest of tracing.
type client struct {
	url    string
	header http.Header
	http   *http.Client
}

const (
	tracesPath = "/v1/traces"
	mostAnswer = 64 << 10 // bytes
)

// Check says what is wrong with the options.
func (o Options) Check() error {
	_, err := newClient(o)
	return err
}

func newClient(o Options) (*client, error) {
	at, err := url.Parse(o.Endpoint)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return nil, errors.New("-trace-endpoint: must be the http or https URL of a collector, such as http://127.0.0.1:4318")
	}
	if at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return nil, errors.New("-trace-endpoint: must have no password, query or fragment; what is secret belongs into -trace-headers")
	}
	if strings.Trim(at.Path, "/") == "" {
		at.Path = tracesPath
	}
	header, err := parseHeaders(o.Headers)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is, unless a program replaces it
	transport.MaxConnsPerHost = 2
	return &client{at.String(), header, &http.Client{
		Transport: transport, Timeout: sendWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// parseHeaders reads name=value,name=value. Its errors show no value, which may be secret.
func parseHeaders(text string) (http.Header, error) {
	header := http.Header{}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(pair, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case strings.TrimSpace(pair) == "":
		case !found || !isToken(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			return nil, errors.New("-trace-headers: must be of the form NAME=VALUE,NAME=VALUE, in printable ASCII")
		default:
			header.Set(name, value)
		}
	}
	header.Set("Content-Type", "application/x-protobuf")
	header.Set("User-Agent", "Parley")
	return header, nil
}

// isToken tells whether a text can be the name of a header.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

// Try says why the collector takes nothing; nil if it does. It sends no trace.
func (o Options) Try(ctx context.Context) error {
	c, err := newClient(o)
	if err != nil {
		return err
	}
	return c.UploadTraces(ctx, nil)
}

// Start and Stop are of connections that last.
func (c *client) Start(context.Context) error { return nil }
func (c *client) Stop(context.Context) error  { return nil }

// UploadTraces posts spans once. TracesData is the protocol's request, byte for byte.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header = c.header.Clone()
	answer, err := c.http.Do(r)
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err
	}
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, mostAnswer)) // so that the connection is used again
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("the collector answered %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	return nil
}
