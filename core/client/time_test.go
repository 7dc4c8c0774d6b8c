package client_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/client"
	"parley/core/coretest"
	"parley/core/wire"
)

// pass lets time go by; the bubble's clock jumps.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestHeartbeatFindsAHalfOpenSocket(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		var pings atomic.Int64
		var deaf atomic.Bool
		server.Intercept(func(_ *coretest.Session, f wire.Frame) bool {
			if f.Event == wire.EventPing {
				pings.Add(1)
			}
			return deaf.Load()
		})
		login(t, server, "v", client.Options{})
		pass(10 * time.Minute)
		assert.EqualValues(t, 24, pings.Load(), "one every 25 s")
		assert.Equal(t, 1, server.Dials())

		deaf.Store(true)
		pass(25*time.Second + 10*time.Second - time.Millisecond)
		assert.Equal(t, 1, server.Dials(), "the ping may yet be answered")
		deaf.Store(false)
		pass(time.Second)
		assert.Equal(t, 2, server.Dials(), "given up and dialled again")
		pass(10 * time.Minute)
		assert.Equal(t, 2, server.Dials(), "which holds")
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := login(t, server, "v", client.Options{})
		chatID, err := c.CreateChat(t.Context(), client.NewChat{})
		require.NoError(t, err)
		pass(time.Minute)
		server.Refuse(errors.New("down"))
		server.Cut()
		before := server.Dials()
		pass(time.Minute)
		young := server.Dials() - before
		assert.Greater(t, young, 30, "at most 2 s apart")
		assert.Less(t, young, 200, "and not all the time")
		pass(10 * time.Minute)
		late := server.Dials() - before - young
		assert.Greater(t, late, 18, "at most 30 s apart")
		assert.Less(t, late, 120)

		server.Refuse(nil)
		began := time.Now()
		_, err = c.SendMessage(t.Context(), chatID, "back")
		require.NoError(t, err)
		assert.LessOrEqual(t, time.Since(began), 30*time.Second)
	})
}

func TestACutIsHealedAtOnce(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := login(t, server, "v", client.Options{})
		chatID, err := c.CreateChat(t.Context(), client.NewChat{})
		require.NoError(t, err)
		for range 20 {
			pass(2 * time.Second) // stable
			server.Cut()
			began := time.Now()
			_, err := c.SendMessage(t.Context(), chatID, "hello")
			require.NoError(t, err)
			assert.LessOrEqual(t, time.Since(began), 100*time.Millisecond)
		}
		assert.Len(t, server.Messages(chatID), 20)
	})
}

// TestAnswerLost: the server has taken a message and breaks the connection
// instead of answering.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := login(t, server, "v", client.Options{})
		chatID, err := c.CreateChat(t.Context(), client.NewChat{})
		require.NoError(t, err)
		var lost atomic.Int64
		server.Intercept(func(s *coretest.Session, f wire.Frame) bool {
			if f.Event != "messages:new" || lost.Add(1) > 1 {
				return false // so does what is handed to the model below
			}
			s.Frame(f.Append(nil))
			server.CutLocked(s)
			return true
		})
		_, err = c.SendMessage(t.Context(), chatID, "once")
		require.NoError(t, err)
		synctest.Wait()
		assert.EqualValues(t, 3, lost.Load(), "once here, once by the model, once sent again")
		assert.Len(t, server.Messages(chatID), 1)
	})
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		server.Intercept(func(_ *coretest.Session, f wire.Frame) bool { return f.Event == "never:answered" })
		c := login(t, server, "v", client.Options{})
		began := time.Now()
		_, err := c.SendEvent(t.Context(), "never:answered", nil)
		assert.Equal(t, 408, code(err))
		assert.Equal(t, 30*time.Second, time.Since(began).Round(time.Millisecond))
	})
}

func TestLoginWithin(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		server.Intercept(func(*coretest.Session, wire.Frame) bool { return true })
		c := start(t, server, client.Options{})
		began := time.Now()
		_, err := c.Login(t.Context(), "v", "tv")
		assert.Equal(t, 503, code(err))
		assert.Equal(t, 15*time.Second, time.Since(began).Round(time.Millisecond))
		assert.Equal(t, 3, server.Dials(), "two by WebSocket, of 4 s each, then one by HTTP")
	})
}

func TestWrongToken(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := start(t, server, client.Options{})
		_, err := c.Login(t.Context(), "v", "wrong")
		assert.Equal(t, 401, code(err))
		pass(time.Hour)
		assert.Equal(t, 1, server.Dials(), "it is not tried again")
	})
}

func TestByeIsHeeded(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		login(t, server, "v", client.Options{})
		server.Bye(wire.Raw(`{"code":4000,"reason":"restart","retryAfter":60}`))
		pass(60*time.Second - time.Millisecond)
		assert.Equal(t, 1, server.Dials())
		pass(time.Second)
		assert.Equal(t, 2, server.Dials())
	})
}
