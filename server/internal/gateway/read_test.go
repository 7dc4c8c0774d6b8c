package gateway

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"parley/core/wire"
	"parley/server/internal/ids"
)

func TestSendOrder(t *testing.T) {
	var order sendOrder
	ask := func(chatID, id string, err error) bool {
		key := ids.Key{App: "app", ID: chatID}
		refused := order.Admit(key, id)
		if refused != nil {
			err = refused
		}
		order.Ended(key, id, err)
		return refused == nil
	}
	full := wire.Errorf(wire.StoreFailed, "disk full")
	for _, step := range []struct {
		name, chat, id string
		err            error
		admitted       bool
	}{
		{"nothing has failed", "c", "1", nil, true},
		{"a final refusal holds up nobody", "c", "2", wire.Errorf(wire.ChatClosed, "closed"), true},
		{"the next one", "c", "3", nil, true},
		{"one fails for now", "c", "4", full, true},
		{"a later one has to wait", "c", "5", nil, false},
		{"other chats go on", "d", "6", nil, true},
		{"it fails again", "c", "4", errors.New("not for clients"), true},
		{"the later one still waits", "c", "5", nil, false},
		{"it comes through", "c", "4", nil, true},
		{"now the later one does", "c", "5", nil, true},
	} {
		assert.Equal(t, step.admitted, ask(step.chat, step.id, step.err), step.name)
	}
}
