package op

import (
	"context"
	"errors"
	"log/slog"

	"parley/core/wire"
)

// Refusal is the error as the client gets it; what is not meant for clients goes
// to the log.
func Refusal(logger *slog.Logger, err error, what string) *wire.Error {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return refused
	}
	logger.Error("operation", "event", what, "error", err)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return wire.Errorf(wire.CodeUnsure, "the server's store does not answer now; try again")
	}
	return wire.Errorf(wire.CodeUnavailable, "the server's store fails; it is in the server's log; try again")
}

var ErrDefect = wire.Errorf(wire.CodeInternal, "the server has a defect; it is in its log")
