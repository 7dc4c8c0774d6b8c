package routing

import (
	"time"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/settings"
)

// DueOf says when a chat needs the server next, as far as its log tells. Work that
// the caller should have done at once is retried after one second.
func DueOf(l chatstate.Lifecycle, now chat.Chat, set settings.ChatSettings) (d index.Due) {
	soon := ids.Unix(time.Now().Add(time.Second))
	switch {
	case now.Status == chat.Closed && l.Ticketed:
		return index.Due{}
	case now.Status == chat.Closed || len(l.Round.Leaving) > 0:
		return index.Due{At: soon}
	case l.Round.Pending:
		d = index.Due{At: l.Round.Invited.ExpiresAt, Agent: l.Round.Invited.Agent.ID}
	case l.Round.Running && !l.Away:
		d = index.Due{At: soon}
	}
	if end := l.ExpiresAt(set.ExpireAfter); end != 0 {
		if alert := end - set.ExpiryAlert; !l.Alerted && set.Alerts() {
			end = alert
		}
		if d.At == 0 || end < d.At {
			d.At = end
		}
	}
	return d
}
