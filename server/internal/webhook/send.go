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
	"time"

	"code.dny.dev/ssrf"

	"parley/core/wire"
)

// Headers of what targets get.
const (
	HeaderSecret    = "X-Hook-Secret"    // in the handshake; the target answers with the same
	HeaderSignature = "X-Hook-Signature" // afterwards: hex HMAC-SHA256 of the body, with that secret
	HeaderDelivery  = "X-Hook-Delivery"  // id of what is told, the same at each attempt
)

// answerBytes is how much is read of a target's answer.
const answerBytes = 64 << 10

// sender posts to targets. It reaches public addresses only, unless the operator
// allows others: that is looked at when the name was resolved, for each
// connection. It follows no redirects and uses no proxy, which would get around
// that.
type sender struct{ client *http.Client }

func newSender(o Options) *sender {
	dialer := &net.Dialer{Timeout: o.Within}
	if !o.Private {
		dialer.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	return &sender{&http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    o.Within,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    workers,
			MaxConnsPerHost:        0, // hooks of different apps do not wait for each other
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: answerBytes,
		},
	}}
}

// refusedPost is an answer that does not say that the target has it.
type refusedPost struct {
	status     int
	retryAfter time.Duration // that the target asks for, 0 if it does not
}

func (r *refusedPost) Error() string {
	return fmt.Sprintf("the target answered %d %s", r.status, http.StatusText(r.status))
}

// isGone tells whether the target wants nothing any more.
func isGone(err error) bool {
	var refused *refusedPost
	return errors.As(err, &refused) && refused.status == http.StatusGone
}

// deliver posts a body, signed, and gives the answer. The error names no more of
// the target than how it failed.
func (s *sender) deliver(ctx context.Context, h Hook, id string, body []byte) ([]byte, error) {
	mac := hmac.New(sha256.New, []byte(h.Secret))
	_, _ = mac.Write(body) // never fails
	answer, text, err := s.post(ctx, h.Target, body, http.Header{
		HeaderSignature: {hex.EncodeToString(mac.Sum(nil))},
		HeaderDelivery:  {id},
	})
	switch {
	case err != nil:
		return nil, err
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		seconds, _ := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 31) // a date is as good as nothing
		return nil, &refusedPost{answer.StatusCode, time.Duration(seconds) * time.Second}
	}
	return text, nil
}

// handshake gives the target the hook's secret; the target must answer 200 with
// the same. The refusal, a 422, says what came.
func (s *sender) handshake(ctx context.Context, h Hook) error {
	answer, _, err := s.post(ctx, h.Target, []byte("{}"), http.Header{HeaderSecret: {h.Secret}})
	came := ""
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP):
		came = "it is at a private address, and the server's operator does not allow those (-webhooks-private)"
	case errors.Is(err, context.DeadlineExceeded):
		came = "it did not answer in time"
	case err != nil:
		came = "it cannot be reached: " + err.Error()
	case answer.StatusCode != http.StatusOK:
		came = "it answered " + strconv.Itoa(answer.StatusCode)
	case answer.Header.Get(HeaderSecret) == "":
		came = "it answered 200 without that header"
	case subtle.ConstantTimeCompare([]byte(answer.Header.Get(HeaderSecret)), []byte(h.Secret)) != 1:
		came = "it answered 200 with another value of that header"
	default:
		return nil
	}
	return wire.Errorf(http.StatusUnprocessableEntity,
		"target: must answer the handshake, a POST with the header %s, with 200 and the same header; %s", HeaderSecret, came)
}

// post sends a body and reads the answer, as far as it is wanted.
func (s *sender) post(ctx context.Context, target string, body []byte, header http.Header) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Parley")
	answer, err := s.client.Do(r)
	var about *url.Error
	if errors.As(err, &about) {
		err = about.Err // without the URL, which may hold what is secret
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerBytes))
	return answer, text, err
}
