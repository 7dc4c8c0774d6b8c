package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkWithin is the time that the check of one chat's history has.
const checkWithin = 30 * time.Second

// history is what people did to the chats, for porcupine to judge: a chat is a register of a
// list, to which messages are appended. An append takes effect at one moment between its
// beginning and its end. A node may be behind: who reads gets what there was at one moment,
// or a beginning of it. The last reading of a chat, after all has come to rest, gives all.
type history struct {
	began time.Time

	mu     sync.Mutex
	before map[string]int // by chat: messages that were there
	acts   map[string][]porcupine.Operation
}

// act is the input of an operation: an append, or with last or neither a reading. The output
// of a reading is the list as one text.
type act struct {
	text string
	last bool
}

// register is the model of a chat. Its state is the list, one line each.
var register = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		list := state.(string)
		switch a := input.(act); {
		case a.text != "":
			return true, list + a.text + "\n"
		case a.last:
			return output.(string) == list, list
		}
		return strings.HasPrefix(list, output.(string)), list
	},
}

// beginHistory begins with the chats as they are.
func (s *soak) beginHistory(ctx context.Context) (*history, error) {
	h := &history{began: time.Now(), before: map[string]int{}, acts: map[string][]porcupine.Operation{}}
	for _, pair := range s.pairs {
		log, err := logOf(ctx, s.servers.URL(), pair.chatID)
		if err != nil {
			return nil, err
		}
		h.before[pair.chatID] = len(log)
	}
	return h, nil
}

// note notes an act that began at a time and ends now, or may take effect at any time.
func (h *history) note(chatID string, a act, output string, begun time.Time, ended bool) {
	op := porcupine.Operation{Input: a, Output: output, Call: begun.Sub(h.began).Nanoseconds(), Return: math.MaxInt64}
	if ended {
		op.Return = time.Since(h.began).Nanoseconds()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.acts[chatID] = append(h.acts[chatID], op)
}

// list gives what a chat has since the history began, one line each, as any server knows it.
func (s *soak) list(ctx context.Context, chatID string) (string, error) {
	log, err := logOf(ctx, "http://"+s.proxy.Addr(), chatID)
	var list strings.Builder
	for _, m := range log[min(s.history.before[chatID], len(log)):] {
		fmt.Fprintln(&list, m.Message)
	}
	return list.String(), err
}

// readAlong reads one chat after the other until ctx ends. A reading that is cut off is none.
func (s *soak) readAlong(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		chatID, begun := s.pairs[n%len(s.pairs)].chatID, time.Now()
		if list, err := s.list(ctx, chatID); err == nil {
			s.history.note(chatID, act{}, list, begun, true)
		}
		select {
		case <-time.After(s.pause):
		case <-ctx.Done():
		}
	}
}

// judgeHistory reads all chats a last time, when the server that is asked has all that was
// confirmed. It counts the acts, and the chats whose history no order of them explains.
func (s *soak) judgeHistory(ctx context.Context) (acts, wrong int, err error) {
	ctx, stop := context.WithTimeout(ctx, settleWithin)
	defer stop()
	for chatID, history := range s.history.acts {
		appends := 0
		for _, op := range history {
			if op.Input.(act).text != "" {
				appends++
			}
		}
		var list string
		begun := time.Now()
		whole := await(ctx, func() bool {
			begun = time.Now()
			list, err = s.list(ctx, chatID)
			return err == nil && strings.Count(list, "\n") >= appends
		})
		if whole != nil && err != nil {
			return acts, wrong, err
		} // else something is lost, as the check finds
		s.history.note(chatID, act{last: true}, list, begun, true)
		acts += len(s.history.acts[chatID])
		if porcupine.CheckOperationsTimeout(register, s.history.acts[chatID], checkWithin) != porcupine.Ok {
			wrong++
		}
	}
	return acts, wrong, nil
}
