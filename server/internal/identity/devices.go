package identity

import (
	"slices"
	"time"

	"parley/server/internal/ids"
)

const (
	devicesKept  = 20                   // of one account; the one used longest ago is forgotten
	deviceLife   = 180 * 24 * time.Hour // after its last log-in
	deviceStored = 24 * time.Hour       // for which a newer log-in is not worth a write
)

// device is one on which the account's agent has logged in before. It shows a token that
// the log-in gave it. Failures of others do not hold it up.
type device struct {
	Digest string  `json:"digest"` // of its token
	Used   float64 `json:"used"`   // about when it logged in last, unix seconds
}

// knows tells whether the device with this token has logged in before.
func (a *account) knows(token string, now time.Time) bool {
	return slices.ContainsFunc(a.Devices, func(d device) bool {
		return ids.SameSecret(token, d.Digest) && now.Sub(unixTime(d.Used)) < deviceLife
	})
}

// remember notes a log-in of a device; changed is false if it was noted lately.
func (a *account) remember(token string, now time.Time) (changed bool) {
	digest := ids.Digest(token)
	at := slices.IndexFunc(a.Devices, func(d device) bool { return d.Digest == digest })
	if at >= 0 && now.Sub(unixTime(a.Devices[at].Used)) < deviceStored {
		return false
	}
	rest := slices.DeleteFunc(slices.Clone(a.Devices), func(d device) bool { return d.Digest == digest })
	a.Devices = append([]device{{digest, ids.Unix(now)}}, rest[:min(len(rest), devicesKept-1)]...)
	return true
}

// isToken tells whether a text is as long as the tokens that the server makes.
func isToken(text string) bool { return len(text) == 64 && ids.Check("", text) == nil }

func unixTime(seconds float64) time.Time { return time.UnixMilli(int64(seconds * 1000)) }
