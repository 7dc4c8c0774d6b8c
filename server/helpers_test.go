package server_test

import (
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/internal/chatstate"
	"parley/server/internal/ids"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// roomsOf gives the parts of a world's server.
func roomsOf(w *servertest.World) server.Rooms { return server.RoomsOf(w.Server) }

// crash ends the server as kill -9 does: it says no goodbye and tidies nothing up.
func crash(w *servertest.World) { server.Abort(w.Server) }

// stateOf is a chat as this server knows it.
func stateOf(w *servertest.World, id string) chatstate.State {
	w.T.Helper()
	_, now, err := roomsOf(w).Log.View(w.T.Context(), ids.Key{App: "demo", ID: id}, 0)
	require.NoError(w.T, err)
	return now
}

// requireNothingDue waits until nothing is left to do for a chat but to let it
// expire, and its timer is gone if it is closed.
func requireNothingDue(w *servertest.World, id string) {
	w.T.Helper()
	require.Eventually(w.T, func() bool {
		now := stateOf(w, id)
		_, revision := roomsOf(w).Timers.Get(ids.Key{App: "demo", ID: id})
		if now.Chat.Status == chat.Closed {
			return now.Ticketed && revision == 0
		}
		r := now.Round
		return len(r.Leaving) == 0 && !r.Pending && (!r.Running || now.Away)
	}, storetest.WaitFor, storetest.Tick)
}
