package passkey

import (
	"errors"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"

	"parley/core/wire"
)

// refusal tells its caller nothing but that the passkey is refused: neither whether there is
// such an agent, nor whose it is.
type refusal struct{ detail string }

func (r *refusal) Error() string { return r.Unwrap().Error() + ": " + r.detail }

// Unwrap gives what the caller gets.
func (r *refusal) Unwrap() error {
	return wire.Errorf(wire.WrongPasskey, "the passkey is not known here, or its answer came too late")
}

// Refuse refuses a passkey for a reason that only the log may say.
func Refuse(detail string) error {
	return &refusal{detail}
}

// Detail is why a passkey was refused, in words for the operator; "" if it was not.
func Detail(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.detail
	}
	return ""
}

// refused is Refuse for an error of the library. What it says is cut, as it repeats what
// the caller has sent.
func refused(err error) error {
	detail := err.Error()
	var of *protocol.Error
	if errors.As(err, &of) && of.DevInfo != "" {
		detail += ": " + of.DevInfo
	}
	return Refuse(strings.ToValidUTF8(detail[:min(len(detail), 200)], ""))
}
