package core_test

import (
	"fmt"
	"regexp"
	"strings"

	"parley/core"
)

var timers = map[string]core.Timer{"redial": core.TimerRedial, "open": core.TimerOpen, "stable": core.TimerStable,
	"heartbeat": core.TimerHeartbeat, "deadline": core.TimerDeadline, "retry": core.TimerRetry}

func timerName(t core.Timer) string {
	for name, timer := range timers {
		if timer == t {
			return name
		}
	}
	return "unknown"
}

var targets = map[core.Target]string{core.ToChat: "chat", core.ToLobby: "lobby", core.ToParley: "parley", core.ToEvents: "events"}

// onItsWay ends the line of a record that can wait for the answer.
const onItsWay = " (on its way)"

// render writes an effect as one line of a transcript.
func render(e core.Effect) string {
	switch e := e.(type) {
	case core.Dial:
		return fmt.Sprintf("dial %d %s", e.Epoch, e.URL)
	case core.Send:
		return fmt.Sprintf("send %d %s", e.Epoch, e.Text)
	case core.Hangup:
		return fmt.Sprintf("hangup %d", e.Epoch)
	case core.Fetch:
		return strings.TrimSpace(fmt.Sprintf("fetch %d %s %s [%s] %s", e.Call, e.Method, e.URL, pairs(e.Header), e.Body))
	case core.TransferFile:
		return fmt.Sprintf("transfer %d %s [%s] form [%s] silence %s", e.Call, e.URL, pairs(e.Header), pairs(e.Form), e.Silence)
	case core.Arm:
		return fmt.Sprintf("arm %s %s", timerName(e.Timer), e.After)
	case core.Disarm:
		return "disarm " + timerName(e.Timer)
	case core.SaveSession:
		return fmt.Sprintf("save %s %s %s", e.Session.AppID, e.Session.ID, e.Session.Token)
	case core.ClearSession:
		return "clear"
	case core.Persist:
		line := strings.TrimSpace(fmt.Sprintf("persist %s %s", e.Key, e.Record))
		switch {
		case e.Record == nil && !e.Late:
			line += " at once"
		case e.Record != nil && e.Late:
			line += onItsWay
		}
		return line
	case core.Renew:
		return "renew"
	case core.TakeMore:
		return "take more"
	case core.Settle:
		return strings.TrimSpace(fmt.Sprintf("settle %d %s", e.Call, e.Value))
	case core.Reject:
		return fmt.Sprintf("reject %d %d %s", e.Call, e.Err.Code, e.Err.Message)
	case core.Created:
		return fmt.Sprintf("created %d %s %q %s", e.Call, e.EventID, e.Text, e.Sender)
	case core.Mirror:
		return fmt.Sprintf("mirror %s", e.Session)
	case core.OpenChat:
		return fmt.Sprintf("open %s", e.Chat)
	case core.HistoryPart:
		return fmt.Sprintf("part %s %d %s", e.ChatID, e.From, e.Messages)
	case core.PatchChat:
		return fmt.Sprintf("patch %s %s", e.ChatID, e.Members)
	case core.AppendMessages:
		return strings.TrimSpace(fmt.Sprintf("append %s %s %s", e.ChatID, e.Messages, e.EventID))
	case core.Emit:
		to := targets[e.To]
		if e.ChatID != "" {
			to += " " + e.ChatID
		}
		return fmt.Sprintf("emit %s %s %s", to, e.Event, e.Data)
	case core.At:
		return fmt.Sprintf("at %s %d", e.ChatID, e.Seq)
	case core.Drop:
		return "drop"
	}
	return fmt.Sprintf("unknown effect %T", e)
}

func pairs(list [][2]string) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = p[0] + "=" + p[1]
	}
	return strings.Join(words, " ")
}

var madeID = regexp.MustCompile(`[0-9a-f]{32}`)

// names gives the ids that the core makes short names, #1, #2, ... in the order
// of their first appearance, so that transcripts can be read and written.
type names struct{ ids []string }

func (n *names) shorten(text string) string {
	return madeID.ReplaceAllStringFunc(text, func(id string) string {
		for i, known := range n.ids {
			if known == id {
				return fmt.Sprintf("#%d", i+1)
			}
		}
		n.ids = append(n.ids, id)
		return fmt.Sprintf("#%d", len(n.ids))
	})
}

var shortName = regexp.MustCompile(`#[0-9]+`)

func (n *names) expand(text string) string {
	return shortName.ReplaceAllStringFunc(text, func(name string) string {
		var i int
		if _, err := fmt.Sscanf(name, "#%d", &i); err != nil || i < 1 || i > len(n.ids) {
			return name
		}
		return n.ids[i-1]
	})
}
