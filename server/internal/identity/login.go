package identity

import (
	"context"
	"net/netip"

	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
	"parley/server/internal/password"
	"parley/server/internal/store"
)

// account is how an agent logs in; its key has the digest of the user name.
type account struct {
	User     string   `json:"user"`
	Username string   `json:"username"`
	Password string   `json:"password"`          // its hash, see package password
	Devices  []device `json:"devices,omitempty"` // the latest first

	Email    string        `json:"email,omitempty"`    // by which a provider's user is found to be the agent
	Provider *providerLink `json:"provider,omitempty"` // who they are there, once they are known

	TOTP     *authenticator  `json:"totp,omitempty"`
	Pending  *pendingTOTP    `json:"pendingTOTP,omitempty"`
	Passkeys []storedPasskey `json:"passkeys,omitempty"`
}

func accountKey(appID, username string) string { return appID + "." + ids.Digest(username) }

// LoginAttempt is what somebody gives who wants to log in.
type LoginAttempt struct {
	Username string
	Password string
	Remember bool       // whether their device is to be known from now on
	Device   string     // the token that an earlier log-in gave to their device, "" if none
	Client   netip.Addr // their address; zero inside the server
	Code     string     // of the second factor, "" if not asked for yet

	SecondFactor SecondFactor // that the app asks for; "" is SecondFactorOptional

	UserAgent string // what their browser calls itself
}

// LoggedIn is what a log-in gives.
type LoggedIn struct {
	User     User
	Token    string   // of the new session
	Device   string   // with which the device is known the next time; "" unless it is remembered
	Recovery []string // the recovery codes, if the log-in has set up a second factor
	Linked   bool     // the log-in has linked the agent to the provider's user
}

// Login begins a session of an agent. A wrong user name and a wrong password give the
// same 401 after the same time, so that nobody learns which names exist. After some
// failures the one who guesses is refused with 429 for a while (password.Throttle).
func (i *Store) Login(ctx context.Context, appID string, given LoginAttempt) (LoggedIn, error) {
	key := accountKey(appID, given.Username)
	record, _, found, err := store.Read[account](ctx, i.agents, key)
	if err != nil {
		return LoggedIn{}, err
	}
	if !found { // takes the same time
		record = account{User: "nobody", Password: i.hashing.Unmatchable()}
	}
	// The user is read first: if the password is changed meanwhile, the session is of the epoch before.
	u, err := i.User(ctx, appID, record.User)
	if err != nil && !ids.IsCode(err, wire.CodeNotFound) {
		return LoggedIn{}, err
	}
	recovery, err := i.checkLogin(ctx, appID, key, record, given)
	if err != nil {
		return LoggedIn{}, err
	}
	in, err := i.admit(ctx, appID, record, u, given, ByPassword)
	in.Recovery = recovery
	return in, err
}

// admit begins a session of an agent who has proved who they are.
func (i *Store) admit(ctx context.Context, appID string, record account, u User, given LoginAttempt, by string) (LoggedIn, error) {
	if u.Disabled {
		return LoggedIn{User: u}, wire.Errorf(wire.AgentDisabled, "the agent is disabled")
	}
	device, err := i.rememberDevice(ctx, accountKey(appID, record.Username), record, given)
	if err != nil {
		return LoggedIn{}, err
	}
	token, err := i.newSession(ctx, appID, u, false, Client{given.Client, given.UserAgent, by})
	return LoggedIn{User: u, Token: token, Device: device}, err
}

// checkLogin refuses a wrong password or code, and who has guessed too often.
func (i *Store) checkLogin(ctx context.Context, appID, key string, record account, given LoginAttempt) (recovery []string, err error) {
	known := record.knows(given.Device, i.now())
	turn := password.ShareOf(appID, given.Client, known)
	attempt, err := i.beginAttempt(ctx, key, known, given)
	if err != nil {
		return nil, err
	}
	defer attempt.End()
	if err = i.checkPassword(ctx, turn, given.Password, record.Password); err == nil {
		recovery, err = i.checkSecondFactor(ctx, appID, known, record, given)
	}
	attempt.Judge(err, i.now())
	return recovery, err
}

// beginAttempt refuses who has failed too often, see password.Throttle.
func (i *Store) beginAttempt(ctx context.Context, key string, known bool, given LoginAttempt) (*password.Attempt, error) {
	if known {
		return i.logins.Begin(ctx, key+" "+ids.Digest(given.Device), nil, i.now)
	}
	return i.logins.Begin(ctx, key, limit.SharesOf(given.Client), i.now)
}

// checkPassword compares a password with a hash.
func (i *Store) checkPassword(ctx context.Context, turn password.Share, given, hash string) error {
	right, err := i.hashing.Verify(ctx, turn, given, hash)
	if err == nil && !right {
		err = wire.Errorf(wire.WrongPassword, "wrong username or password")
	}
	return err
}

// rememberDevice gives the token by which the device that has logged in is known from
// now on. A device that has one, perhaps of another agent's log-in, keeps it.
func (i *Store) rememberDevice(ctx context.Context, key string, record account, given LoginAttempt) (string, error) {
	if !given.Remember {
		return "", nil
	}
	token := given.Device
	if !isToken(token) {
		token = ids.NewSecret()
	}
	if !record.remember(token, i.now()) {
		return token, nil
	}
	err := i.modifyAccount(ctx, key, func(record *account, found bool) error {
		if !found || !record.remember(token, i.now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	return token, err
}
