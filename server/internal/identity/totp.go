package identity

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/store"
)

const (
	recoveryCodes = 10
	totpSeconds   = 30 // of one code
	setUpWithin   = 10 * time.Minute
)

// authenticator is the app on the agent's phone that makes codes (TOTP, RFC 6238), and
// what stands in for it.
type authenticator struct {
	Secret   string   `json:"secret"`             // in base32; the server must know it to check codes
	Step     int64    `json:"step"`               // the time step of the last code: an earlier one is refused, and the same again
	Recovery []string `json:"recovery,omitempty"` // digests of the recovery codes that are left
}

// pendingTOTP is an authenticator app that is being set up.
type pendingTOTP struct {
	Secret string  `json:"secret"`
	Made   float64 `json:"made"` // unix seconds
}

// pendingSecret gives the secret of the authenticator app that is being set up; "" if
// nobody is setting one up, or the time for it is over.
func (a *account) pendingSecret(now time.Time) string {
	if a.Pending == nil || seconds(ids.Unix(now)-a.Pending.Made) > setUpWithin {
		return ""
	}
	return a.Pending.Secret
}

// TOTPKey is what an authenticator app is set up with.
type TOTPKey struct {
	Secret string // in base32, to be typed
	URL    string // otpauth://, for a QR code
}

// NewTOTP begins to set up an authenticator app, which ConfirmTOTP ends within
// setUpWithin. Until then nothing changes.
func (i *Store) NewTOTP(ctx context.Context, app App, username string) (TOTPKey, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: app.Name, AccountName: username})
	if err != nil {
		return TOTPKey{}, err
	}
	err = i.changeAccount(ctx, app.ID, username, func(a *account) error {
		a.Pending = &pendingTOTP{key.Secret(), ids.Unix(i.now())}
		return nil
	})
	return TOTPKey{key.Secret(), key.URL()}, err
}

// ConfirmTOTP makes the authenticator app of NewTOTP the agent's, in place of an earlier
// one, when it makes right codes. It gives the recovery codes, this once. A wrong code
// counts as a guess.
func (i *Store) ConfirmTOTP(ctx context.Context, appID, username, code string) (recovery []string, err error) {
	err = i.guess(ctx, accountKey(appID, username)+" code", func() error {
		recovery, err = i.confirmTOTP(ctx, appID, username, code)
		return err
	})
	return recovery, err
}

func (i *Store) confirmTOTP(ctx context.Context, appID, username, code string) (recovery []string, err error) {
	for range recoveryCodes {
		recovery = append(recovery, strings.ToLower(rand.Text()[:16]))
	}
	err = i.changeAccount(ctx, appID, username, func(a *account) error {
		secret := a.pendingSecret(i.now())
		if secret == "" {
			return wire.Errorf(wire.NotPending, "no authenticator app is being set up")
		}
		step, right := totpStep(secret, code, i.now(), 0)
		if !right {
			return errWrongCode
		}
		a.TOTP, a.Pending = &authenticator{secret, step, nil}, nil
		for _, one := range recovery {
			a.TOTP.Recovery = append(a.TOTP.Recovery, ids.Digest(one))
		}
		return nil
	})
	return recovery, err
}

// RemoveTOTP removes the agent's authenticator app and its recovery codes.
func (i *Store) RemoveTOTP(ctx context.Context, appID, username string) error {
	return i.changeAccount(ctx, appID, username, func(a *account) error {
		a.TOTP, a.Pending = nil, nil
		return nil
	})
}

var errWrongCode = wire.Errorf(wire.WrongCode, "the code is wrong, or was used before")

// useCode takes a code of the authenticator app, or a recovery code. Each counts once.
func (i *Store) useCode(ctx context.Context, appID, username, code string) error {
	return i.changeAccount(ctx, appID, username, func(a *account) error {
		if a.TOTP == nil || !a.TOTP.take(code, i.now()) {
			return errWrongCode
		}
		return nil
	})
}

func (t *authenticator) take(code string, now time.Time) bool {
	if step, right := totpStep(t.Secret, code, now, t.Step); right {
		t.Step = step
		return true
	}
	digest := ids.Digest(strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code)))
	at := slices.Index(t.Recovery, digest)
	if at < 0 {
		return false
	}
	t.Recovery = slices.Delete(t.Recovery, at, at+1)
	return true
}

// totpStep finds the time step of a code: this one or one beside it, as clocks differ,
// but later than after.
func totpStep(secret, code string, now time.Time, after int64) (step int64, right bool) {
	code = strings.ReplaceAll(code, " ", "")
	current := now.Unix() / totpSeconds
	for step = current - 1; step <= current+1; step++ {
		//nolint:gosec // the time is after 1970
		right, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if step > after && right && err == nil {
			return step, true
		}
	}
	return 0, false
}

// changeAccount changes how an agent logs in; an unknown user name is a 404.
func (i *Store) changeAccount(ctx context.Context, appID, username string, change func(*account) error) error {
	return i.modifyAccount(ctx, accountKey(appID, username), func(a *account, found bool) error {
		if !found {
			return wire.Errorf(wire.UnknownAgent, "unknown agent")
		}
		return change(a)
	})
}

// modifyAccount changes an account with store.Modify. What it was before is overwritten.
func (i *Store) modifyAccount(ctx context.Context, key string, change func(a *account, found bool) error) error {
	if _, err := store.Modify(ctx, i.agents, key, change); err != nil {
		return err
	}
	return store.EraseOld(ctx, i.engine, i.agents, key)
}
