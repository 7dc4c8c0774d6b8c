package op

import (
	"context"
	"errors"
	"log/slog"

	"parley/core/wire"
)

// ErrInternal is the reply to a request that ran into a defect of ours; the caller
// logs the defect.
var ErrInternal = wire.Errorf(wire.Internal, "internal error of the server, which has logged it")

// Refusal makes of an error what the client reads: a *wire.Error as it is, anything
// else a 503 or, if it is unknown whether the request was carried out, a 504. The
// error itself then goes to the log, under the name of the operation.
func Refusal(logger *slog.Logger, err error, operation string) *wire.Error {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return refused
	}
	logger.Error("operation", "event", operation, "error", err)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return wire.Errorf(wire.Unconfirmed, "the server's store does not answer now; try again")
	}
	return wire.Errorf(wire.StoreFailed, "the server's store has failed, and the server has logged why; try again")
}
