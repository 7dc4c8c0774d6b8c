package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

// code is that of an authenticator app, so many time steps from now.
func code(t *testing.T, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	require.NoError(t, err)
	return code
}

// withTOTP gives an agent an authenticator app, and its secret and recovery codes.
func withTOTP(t *testing.T, w *servertest.World, l servertest.Login) (secret string, recovery []any) {
	t.Helper()
	begun := w.Rest("POST", "/account/totp", servertest.As(l), `{"password":"demo"}`)
	secret = begun.Text("secret")
	assert.Contains(t, begun.Text("url"), "otpauth://totp/Demo:agent1?")
	assert.True(t, strings.HasPrefix(begun.Text("qr", "path"), "M0 0h1v1h-1z"), "a QR code begins with a dark square")
	w.Rest("POST", "/account/totp/confirm", servertest.As(l), `{"code":"12345"}`).RequireRefused(401, "code")
	done := w.Rest("POST", "/account/totp/confirm", servertest.As(l), `{"code":"`+code(t, secret, -1)+`"}`)
	require.Equal(t, 200, done.Status, done.Body)
	return secret, done.JSON["recoveryCodes"].([]any)
}

func TestLoginWithAuthenticatorApp(t *testing.T) {
	t.Parallel()
	w, log := guarded(t)
	agent := w.Agent("agent1")
	w.Rest("POST", "/account/totp", servertest.As(agent), `{"password":"not it"}`).RequireRefused(401, "wrong")
	w.Rest("POST", "/account/totp/confirm", servertest.As(agent), `{"code":"123456"}`).RequireRefused(404, "set up")
	secret, recovery := withTOTP(t, w, agent)
	require.Len(t, recovery, 10)
	state := w.Rest("GET", "/account", servertest.As(agent), "")
	assert.Equal(t, servertest.Obj("username", "agent1", "totp", true, "recoveryCodes", 10.0, "email", "", "linked", false, "passkeys", []any{}), state.JSON["account"])

	before := len(log.lines(t, "log-in failed"))
	needed := login(w, office, "agent1", "demo")
	needed.RequireRefused(401, "code")
	assert.Equal(t, "code-needed", needed.Text("error", "reason"))
	assert.Len(t, log.lines(t, "log-in failed"), before, "the half of a log-in has not failed")
	login(w, office, "agent1", "wrong", "code", code(t, secret, 0)).RequireRefused(401, "wrong username or password")
	now := code(t, secret, 0)
	w.Session(login(w, office, "agent1", "demo", "code", now))
	login(w, office, "agent1", "demo", "code", now).RequireRefused(401, "used before")
	login(w, office, "agent1", "demo", "code", code(t, secret, -1)).RequireRefused(401, "used before")
	w.Session(login(w, office, "agent1", "demo", "code", code(t, secret, 1)))

	once := strings.ToUpper(strings.ReplaceAll(recovery[3].(string), "-", " "))
	w.Session(login(w, office, "agent1", "demo", "code", once))
	again := login(w, office, "agent1", "demo", "code", once)
	again.RequireRefused(401, "used before")
	assert.Equal(t, "wrong-code", again.Text("error", "reason"))
	assert.EqualValues(t, 9, servertest.Dig(w.Rest("GET", "/account", servertest.As(agent), "").JSON, "account", "recoveryCodes"))

	w.Set(`{"login":{"secondFactor":"off"}}`)
	w.Session(login(w, office, "agent1", "demo"))
	w.Rest("POST", "/account/totp", servertest.As(agent), `{"password":"demo"}`).RequireRefused(403, "no second factor")
	w.Set(`{"login":null}`)
	w.Rest("DELETE", "/account/totp", servertest.As(agent), `{"password":"not it"}`).RequireRefused(401, "wrong")
	w.Rest("DELETE", "/account/totp", servertest.As(agent), `{"password":"demo"}`).RequireDone()
	w.Session(login(w, office, "agent1", "demo"))
}

// Who has the password cannot try all codes, from however many addresses.
func TestCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	w := inNoTime(t)
	device := knownDevice(w, office, "agent1")
	secret, _ := withTOTP(t, w, w.Agent("agent1"))
	statuses := map[int]int{}
	for n := range 20 {
		client := "192.0.2." + string(rune('0'+n%10)) // each has two guesses
		login(w, client, "agent1", "demo")            // does not forget them
		statuses[login(w, client, "agent1", "demo", "code", "000000").Status]++
	}
	assert.Equal(t, map[int]int{401: 5, 429: 15}, statuses)
	login(w, "198.51.100.99", "agent1", "demo", "code", code(t, secret, 0)).RequireRefused(429, "too many")
	w.Session(login(w, office, "agent1", "demo", "code", code(t, secret, 0), "device", device))
}

// An app that requires a second factor has agents set it up as they log in.
func TestSecondFactorIsRequired(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agent := w.Agent("agent1")
	w.Rest("POST", "/agents/login/totp", servertest.App(), `{"username":"agent1","password":"demo"}`).RequireRefused(400, "without")
	w.Rest("PUT", "/settings", servertest.Secret(), `{"login":{"secondFactor":"always"}}`).RequireRefused(400, "off, optional or required")
	w.Set(`{"login":{"secondFactor":"required"}}`)
	missing := login(w, office, "agent1", "demo")
	missing.RequireRefused(403, "second factor")
	assert.Equal(t, "second-factor-missing", missing.Text("error", "reason"))
	login(w, office, "agent1", "demo", "code", "123456").RequireRefused(403, "second factor")
	w.Rest("POST", "/agents/login/totp", servertest.App(), `{"username":"agent1","password":"no"}`).RequireRefused(401, "wrong")
	begun := w.Rest("POST", "/agents/login/totp", servertest.App(), `{"username":"agent1","password":"demo"}`)
	require.Equal(t, 200, begun.Status, begun.Body)
	in := login(w, office, "agent1", "demo", "code", code(t, begun.Text("secret"), 0))
	w.Session(in)
	assert.Len(t, in.JSON["recoveryCodes"], 10)
	login(w, office, "agent1", "demo").RequireRefused(401, "code")
	w.Rest("DELETE", "/account/totp", servertest.As(agent), `{"password":"demo"}`).RequireRefused(403, "requires")

	require.Equal(t, 200, w.Rest("PUT", "/agents/"+agent.ID, servertest.Secret(), `{"resetSecondFactor":true}`).Status)
	w.Rest("GET", "/account", servertest.As(agent), "").RequireRefused(401, "token")
	login(w, office, "agent1", "demo").RequireRefused(403, "second factor")
}
