package identity

import (
	"context"

	"parley/core/wire"
	"parley/server/internal/ids"
)

// SecondFactor is what an app asks for beside the password.
type SecondFactor string

// What an app may ask for.
const (
	SecondFactorOff      SecondFactor = "off"      // the password is enough
	SecondFactorOptional SecondFactor = "optional" // agents who have set one up give a code
	SecondFactorRequired SecondFactor = "required" // all do, and set one up at the next log-in
)

// checkSecondFactor asks for a code beside the password, which was right. It gives the
// recovery codes if this log-in completes the setting up of an authenticator app.
//
// Who has the password may guess at codes as often from everywhere as a guesser at a
// password: a botnet could else try all of them.
func (i *Store) checkSecondFactor(ctx context.Context, appID string, known bool, record account, given LoginAttempt) (recovery []string, err error) {
	switch {
	case given.SecondFactor == SecondFactorOff, given.SecondFactor != SecondFactorRequired && record.TOTP == nil:
		return nil, nil
	case record.TOTP == nil && (record.pendingSecret(i.now()) == "" || given.Code == ""):
		return nil, wire.Errorf(wire.SecondFactorMissing, "the app requires a second factor, and none is set up")
	case given.Code == "":
		return nil, wire.Errorf(wire.CodeNeeded, "needs a code of the authenticator app")
	}
	check := func() error {
		if record.TOTP != nil {
			return i.useCode(ctx, appID, given.Username, given.Code)
		}
		recovery, err = i.confirmTOTP(ctx, appID, given.Username, given.Code)
		return err
	}
	if known {
		err = check()
	} else {
		err = i.guess(ctx, accountKey(appID, given.Username)+" code", check)
	}
	return recovery, err
}

// BeginSecondFactor begins to set up an authenticator app for an agent who cannot log in
// without one. They give their password, as for a log-in.
func (i *Store) BeginSecondFactor(ctx context.Context, app App, given LoginAttempt) (TOTPKey, error) {
	given.Code = ""
	switch _, err := i.Login(ctx, app.ID, given); {
	case err == nil:
		return TOTPKey{}, wire.Errorf(wire.BadArgument, "the agent can log in without")
	case !ids.IsReason(err, wire.SecondFactorMissing):
		return TOTPKey{}, err
	}
	return i.NewTOTP(ctx, app, given.Username)
}
