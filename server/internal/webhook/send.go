package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/core/wire"
	"parley/server/internal/outbound"
	"parley/server/internal/tracing"
)

// Headers of posts.
const (
	HeaderSecret    = "X-Hook-Secret"              // of the handshake: the webhook's secret, which the target sends back
	HeaderSignature = "X-Hook-Signature"           // of each other post: hex HMAC-SHA256 of the body, keyed with that secret
	HeaderDelivery  = "X-Hook-Delivery"            // id of the event, the same at each attempt
	HeaderTime      = "X-Hook-Timestamp"           // when it is posted, in seconds since 1970
	HeaderTimed     = "X-Hook-Timestamp-Signature" // like HeaderSignature, of that time, a dot, and the body
)

// maxAnswer is the number of bytes that are read of a target's answer.
const maxAnswer = 64 << 10

// sender posts to targets.
type sender struct {
	client  *http.Client
	private bool // whether private addresses are allowed
	tracer  *tracing.Tracer
}

func newSender(o Options) *sender {
	return &sender{outbound.Client(o.Private, o.Within), o.Private, o.Tracer}
}

// refusedPost is an answer other than 2xx.
type refusedPost struct {
	status     int
	retryAfter time.Duration // that the target asks for, 0 if none
}

func (r *refusedPost) Error() string {
	return fmt.Sprintf("the target answered %d %s", r.status, http.StatusText(r.status))
}

// isGone tells whether the target answered that it wants no further posts.
func isGone(err error) bool {
	var refused *refusedPost
	return errors.As(err, &refused) && refused.status == http.StatusGone
}

// deliver posts a signed body and gives the answer. The error says how it failed, but
// not the URL, which may hold a secret.
func (s *sender) deliver(ctx context.Context, h Hook, id string, body []byte) ([]byte, error) {
	now := strconv.FormatInt(time.Now().Unix(), 10)
	answer, text, err := s.post(ctx, h, id, body, http.Header{
		HeaderSignature: {signature(h.Secret, body)},
		HeaderDelivery:  {id},
		HeaderTime:      {now},
		HeaderTimed:     {signature(h.Secret, []byte(now), []byte("."), body)},
	})
	switch {
	case err != nil:
		return nil, err
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		seconds, _ := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 31) // a date counts as none
		return nil, &refusedPost{answer.StatusCode, time.Duration(seconds) * time.Second}
	}
	return text, nil
}

// signature is the hex HMAC-SHA256 of the parts of a text.
func signature(secret string, parts ...[]byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	for _, part := range parts {
		_, _ = mac.Write(part) // never fails
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// handshake posts the webhook's secret, which the target must send back with 200. The
// error is a 422 that says what the target did instead. Names that do not resolve and
// those of private addresses look alike: the error would show which there are.
func (s *sender) handshake(ctx context.Context, h Hook) error {
	if !s.private && !strings.HasPrefix(h.Target, "https://") {
		return wire.Errorf(wire.BadArgument, "target: must begin with https://, as conversations are private; http:// is for -webhooks-private")
	}
	answer, _, err := s.post(ctx, h, "", []byte("{}"), http.Header{HeaderSecret: {h.Secret}})
	instead := ""
	var unresolved *net.DNSError
	switch {
	case errors.Is(err, outbound.ErrNotPublic), errors.As(err, &unresolved):
		instead = "it is at no public address, and the server's operator allows no others (-webhooks-private)"
		if s.private {
			instead = "its name does not resolve"
		}
	case errors.Is(err, context.DeadlineExceeded):
		instead = "it did not answer in time"
	case err != nil:
		instead = "it cannot be reached: " + outbound.Why(err)
	case answer.StatusCode != http.StatusOK:
		instead = "it answered " + strconv.Itoa(answer.StatusCode)
	case answer.Header.Get(HeaderSecret) == "":
		instead = "it answered 200 without that header"
	case subtle.ConstantTimeCompare([]byte(answer.Header.Get(HeaderSecret)), []byte(h.Secret)) != 1:
		instead = "it answered 200 with another value of that header"
	default:
		return nil
	}
	return wire.Errorf(wire.WebhookFailed,
		"target: must answer the handshake, a POST with the header %s, with 200 and the same header; %s", HeaderSecret, instead)
}

// post posts a body and reads the answer, up to maxAnswer. A target that traces too can go on
// with the trace.
func (s *sender) post(ctx context.Context, h Hook, delivery string, body []byte, header http.Header) (answer *http.Response, text []byte, err error) {
	ctx, span := s.tracer.Begin(ctx, tracing.Called, "webhook")
	span.Text("parley.app", h.App)
	span.Text("parley.webhook", h.ID)
	span.Text("parley.delivery", delivery)
	defer func() { span.End(err) }()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.Target, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header = header
	if name := tracing.Traceparent(ctx); name != "" {
		r.Header.Set("traceparent", name)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Parley")
	answer, err = s.client.Do(r)
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	span.Number("http.response.status_code", answer.StatusCode)
	text, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return answer, text, err
}
