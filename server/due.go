package server

import (
	"time"

	"parley/core/chat"
)

// dueOf says when a chat needs the server next, as far as its log tells. Work that
// the caller should have done at once is retried after one second.
func dueOf(l life, now chat.Chat, set ChatSettings) (d dueRecord) {
	soon := unixSeconds(time.Now().Add(time.Second))
	switch {
	case now.Status == chat.Closed && l.ticketed:
		return dueRecord{}
	case now.Status == chat.Closed || len(l.round.leaving) > 0:
		return dueRecord{At: soon}
	case l.round.out:
		d = dueRecord{At: l.round.invited.ExpiresAt, Agent: l.round.invited.Agent.ID}
	case l.round.running && !l.away:
		d = dueRecord{At: soon}
	}
	if end := l.ends(set.ExpireAfter); end != 0 {
		if alert := end - set.ExpiryAlert; !l.alerted && set.alerts() {
			end = alert
		}
		if d.At == 0 || end < d.At {
			d.At = end
		}
	}
	return d
}
