package server

import (
	"context"
	"fmt"
	"time"

	"parley/server/internal/audit"
	"parley/server/internal/ids"
)

// RenewAdmin makes another admin secret for whoever may write to the store itself, the
// operator, and notes it in the server's own audit log, as POST /admin/secret does. The one
// before ends at once.
func RenewAdmin(ctx context.Context, e *Engine, o AuditOptions) (secret string, err error) {
	i, err := NewIdentity(ctx, e)
	if err != nil {
		return "", err
	}
	log, err := audit.Open(ctx, e, o.WithDefaults())
	if err != nil {
		return "", err
	}
	if secret, err = i.RenewAdmin(ctx); err != nil {
		return "", err
	}
	entry := audit.Entry{At: ids.Unix(time.Now()), Act: actRenewAdmin, By: byOperator}
	if err := log.Add(ctx, audit.OfServer, byOperator, entry); err != nil {
		return "", fmt.Errorf("the admin secret is renewed, and the audit log has no entry of it: %w; it is %s", err, secret)
	}
	return secret, nil
}

// byOperator is by what the operator acts on the store itself.
const byOperator = "operator"
