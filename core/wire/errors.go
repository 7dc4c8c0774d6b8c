package wire

import "fmt"

// Codes of errors, the same on the wire and in the page. They are the numbers of
// HTTP status codes (RFC 9110, RFC 6585), so that a REST response has its error's
// code as its status. Two of them have a meaning of Parley's own: CodeDiscarded,
// a number that HTTP does not assign and that never comes from a server, and
// CodeUnsure, which HTTP calls "gateway timeout".
const (
	CodeBadRequest   = 400 // an argument or a frame is malformed
	CodeUnauthorized = 401 // the app, token or secret is wrong
	CodeForbidden    = 403 // known, but not allowed
	CodeNotFound     = 404 // no such chat, message, user, event or route
	CodeTimeout      = 408 // no answer in time
	CodeConflict     = 409 // it exists already, or has changed meanwhile
	CodeGone         = 410 // the chat is closed
	CodeTooLarge     = 413 // a message or a frame is over its limit
	CodeTooMany      = 429 // a queue or a rate is at its limit
	CodeDiscarded    = 499 // the page itself discarded the message
	CodeInternal     = 500 // a defect; the same request would fail again
	CodeUnavailable  = 503 // the server cannot be reached, is shutting down, or its store fails
	CodeUnsure       = 504 // the store has not confirmed the request, which may have been done
	CodeNoSpace      = 507 // the server, or the app, has no space for more
)

// Error is the "error" of a reply.
type Error struct {
	Code    int
	Reason  string // the name of a Reason; "" if a proxy made the error
	Message string
	Detail  string // what the message, whose words are documented, leaves out; often ""
	Field   string // the path of the value that it is about, such as window.fields.0.name; often ""

	// RetryAfter is the time after which the same request may succeed, in seconds, as in
	// the header Retry-After (RFC 9110 section 10.2.3); 0 if the server does not say.
	RetryAfter uint64
}

// Error gives the message without the code, which is for programs.
func (e *Error) Error() string { return e.Message }

// Errorf makes an Error with a formatted message.
func Errorf(reason Reason, format string, args ...any) *Error {
	return &Error{Code: reason.Code(), Reason: reason.Name(), Message: fmt.Sprintf(format, args...)}
}

// Within gives the same error with words before its message that say where it is.
func (e *Error) Within(format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...) + ": " + e.Message
	return &Error{Code: e.Code, Reason: e.Reason, Message: message, Detail: e.Detail, Field: e.Field, RetryAfter: e.RetryAfter}
}

// Retryable tells whether the same request may succeed later. Clients keep a stored
// request after such an error, and send it again. All other errors are final.
func (e *Error) Retryable() bool {
	return e.Code == CodeTimeout || e.Code == CodeTooMany || e.Code > CodeInternal
}

// Append adds the error as a JSON object.
func (e *Error) Append(dst []byte) []byte {
	o := NewObject(dst).Int("code", int64(e.Code)).Str("message", e.Message).StrIf("detail", e.Detail).StrIf("field", e.Field).StrIf("reason", e.Reason)
	if e.RetryAfter > 0 {
		o.Uint("retryAfter", e.RetryAfter)
	}
	return o.Done()
}

// Read reads what Append wrote.
func (e *Error) Read(raw Raw) error {
	var code uint64
	err := Read(raw, "code", &code, "message", &e.Message, "detail", &e.Detail, "field", &e.Field, "reason", &e.Reason, "retryAfter", &e.RetryAfter)
	e.Code = int(code)
	return err
}
