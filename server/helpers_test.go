package server

import (
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/routing"
	"parley/server/internal/settings"
	"parley/server/internal/storetest"
)

// roomsOf gives the parts of a world's server.
func roomsOf(w *world) Rooms { return RoomsOf(w.server) }

// crash ends the server as kill -9 does: nobody is told, and nothing tidied up.
func crash(w *world) { Abort(w.server) }

// stateOf is a chat as this server knows it.
func stateOf(w *world, id string) chatstate.State {
	w.t.Helper()
	_, now, err := roomsOf(w).Log.View(w.t.Context(), ids.Key{App: "demo", ID: id}, 0)
	require.NoError(w.t, err)
	return now
}

// requireNothingDue waits until nothing is left to do for a chat but to let it
// expire, and its timer is gone if it is closed.
func requireNothingDue(w *world, id string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		now := stateOf(w, id)
		_, revision := roomsOf(w).Timers.Get(ids.Key{App: "demo", ID: id})
		return routing.DueOf(now.Lifecycle, now.Chat, settings.ChatSettings{}).At == 0 && (revision == 0 || now.Chat.Status != chat.Closed)
	}, storetest.WaitFor, storetest.Tick)
}
