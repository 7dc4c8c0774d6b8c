package client_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/client"
	"parley/core/coretest"
	"parley/core/wire"
)

func TestEventsComeInOrderToEveryHandler(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := login(t, server, "v", client.Options{})
		one, two := record(c), record(c)
		gone := 0
		remove := c.On(func(client.Event) { gone++ })
		remove()
		remove()
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprintf(`{"n":%d}`, i))
			server.Push("v", "news", wire.Raw(want[i]))
		}
		assert.Equal(t, want, one.of("news"))
		assert.Equal(t, want, two.of("news"))
		assert.Zero(t, gone)
	})
}

func TestAHandlerMayCall(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		bot := login(t, server, "a", client.Options{})
		bot.On(func(e client.Event) {
			if emit, is := e.(core.Emit); is && emit.Event == "message:received" {
				_, err := bot.SendMessage(context.Background(), emit.ChatID, "echo")
				assert.NoError(t, err)
			}
		})
		visitor := login(t, server, "v", client.Options{})
		chatID, err := visitor.CreateChat(t.Context(), client.NewChat{})
		require.NoError(t, err)
		_, err = bot.SendEvent(t.Context(), "chats:join", chatData(chatID))
		require.NoError(t, err)
		require.NoError(t, bot.LoadChat(t.Context(), chatID, core.Config{}))
		for range 10 {
			_, err = visitor.SendMessage(t.Context(), chatID, "hello")
			require.NoError(t, err)
		}
		synctest.Wait()
		assert.Len(t, server.Messages(chatID), 20)
	})
}

// TestASlowHandlerHoldsTheServerUp: nothing is dropped.
func TestASlowHandlerHoldsTheServerUp(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := login(t, server, "v", client.Options{Events: 4})
		told := 0
		c.On(func(e client.Event) {
			if emit, is := e.(core.Emit); is && emit.Event == "news" {
				told++
				<-time.After(time.Second)
			}
		})
		for range 200 {
			server.Push("v", "news", wire.Raw(`{}`))
		}
		pass(210 * time.Second)
		assert.Equal(t, 200, told)
	})
}

// TestAHandlerWaitingBehindItsOwnEvents: the answer to its call stands behind
// events that do not fit. The call fails, by name, and everything goes on.
func TestAHandlerWaitingBehindItsOwnEvents(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := login(t, server, "v", client.Options{Events: 2})
		told := 0
		var failures []int
		c.On(func(e client.Event) {
			emit, is := e.(core.Emit)
			if !is || emit.Event != "news" {
				return
			}
			told++
			if told == 1 {
				for range 100 { // they are before the answer
					server.Push("v", "news", wire.Raw(`{}`))
				}
				for range 2 { // the second is refused at once
					_, err := c.SendEvent(context.Background(), "no:such", chatData("x"))
					failures = append(failures, code(err))
				}
			}
		})
		began := time.Now()
		server.Push("v", "news", wire.Raw(`{}`))
		pass(5 * time.Second)
		assert.Equal(t, []int{429, 429}, failures)
		assert.Equal(t, 101, told)
		_, err := c.SendEvent(t.Context(), "no:such", chatData("x"))
		assert.Equal(t, 404, code(err), "calls succeed again")
		assert.Less(t, time.Since(began), 6*time.Second)
	})
}

// stuck is a connection whose peer takes nothing but says hello for ever.
type stuck struct {
	core.Conn
	session string
}

type stuckDialer struct{ server *coretest.Server }

func (d stuckDialer) Dial(ctx context.Context, url string) (core.Conn, error) {
	conn, err := d.server.Dial(ctx, url)
	if err != nil || d.server.Dials() > 1 {
		return conn, err
	}
	return &stuck{Conn: conn}, nil
}

func (s *stuck) Write(ctx context.Context, message []byte) error {
	if s.session == "" { // session:open goes through
		s.session = string(message)
		return s.Conn.Write(ctx, message)
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestAPeerThatTakesNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c, err := client.New(client.Options{Dialer: stuckDialer{server}, LongPolling: server, HTTP: server, Core: core.Options{MaxPending: 1}})
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.Init(t.Context(), app))
		_, err = c.Login(t.Context(), "v", "tv")
		require.NoError(t, err)
		for range 400 {
			server.Push("v", wire.EventPing, nil)
		}
		pass(time.Second)
		assert.Equal(t, 2, server.Dials())
	})
}
