package wire

import "fmt"

// Codes of errors, on the wire and in the page alike. They are HTTP's, so that
// REST answers with the same number as its status.
const (
	CodeBadRequest   = 400 // an argument or a frame is malformed
	CodeUnauthorized = 401 // the app, token or secret is wrong
	CodeForbidden    = 403 // known, but not allowed
	CodeNotFound     = 404 // no such chat, message, user, event or route
	CodeTimeout      = 408 // no answer in time
	CodeConflict     = 409 // it exists already, or changed meanwhile
	CodeGone         = 410 // the chat is closed
	CodeTooLarge     = 413 // a message or a frame is over its limit
	CodeTooMany      = 429 // a queue or a rate is at its limit
	CodeDiscarded    = 499 // the page itself gave the message up
	CodeInternal     = 500 // a defect; asking again would meet it again
	CodeUnavailable  = 503 // the server cannot be reached or is going away, or its store fails
	CodeUnsure       = 504 // the store has not confirmed it: it may be done all the same
)

// Error is a refusal: what a reply's "error" holds.
type Error struct {
	Code    int
	Message string
}

// Error gives the message alone; the code is for programs.
func (e *Error) Error() string { return e.Message }

// Errorf makes an Error with a formatted message.
func Errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Retryable tells whether the same request may succeed later, so that one that is
// stored is kept and sent again. All other refusals are final.
func (e *Error) Retryable() bool {
	return e.Code == CodeTimeout || e.Code == CodeTooMany || e.Code > CodeInternal
}

// Append adds the error as a JSON object.
func (e *Error) Append(dst []byte) []byte {
	return NewObject(dst).Int("code", int64(e.Code)).Str("message", e.Message).Done()
}

// Read takes what Append wrote.
func (e *Error) Read(raw Raw) error {
	var code uint64
	err := Read(raw, "code", &code, "message", &e.Message)
	e.Code = int(code)
	return err
}
