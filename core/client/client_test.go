package client_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core"
	"parley/core/client"
	"parley/core/coretest"
	"parley/core/wire"
)

var app = core.App{ID: "demo", API: "http://x/v1", Socket: "ws://x/v1/socket"}

// run runs a test in a bubble of its own: its clock moves when everything waits,
// and it fails if a goroutine is left behind.
func run(t *testing.T, test func(*testing.T, *coretest.Server)) {
	synctest.Test(t, func(t *testing.T) {
		server := coretest.NewServer()
		defer server.Close()
		server.AddUser("tv", "v", "")
		server.AddUser("ta", "a", "p")
		test(t, server)
	})
}

// start gives a client that is initialised, and closed when the test ends.
func start(t *testing.T, server *coretest.Server, o client.Options) *client.Client {
	o.Dialer, o.LongPolling, o.HTTP = server, server, server
	c, err := client.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	require.NoError(t, c.Init(t.Context(), app))
	return c
}

func login(t *testing.T, server *coretest.Server, id string, o client.Options) *client.Client {
	c := start(t, server, o)
	user, err := c.Login(t.Context(), id, "t"+id)
	require.NoError(t, err)
	require.Contains(t, string(user), id)
	return c
}

// recorder keeps what a client's handlers are told.
type recorder struct {
	mutex sync.Mutex
	emits []core.Emit
}

func record(c *client.Client) *recorder {
	r := &recorder{}
	c.On(func(e client.Event) {
		if emit, is := e.(core.Emit); is {
			r.mutex.Lock()
			defer r.mutex.Unlock()
			r.emits = append(r.emits, emit)
		}
	})
	return r
}

func (r *recorder) of(event string) (all []string) {
	synctest.Wait()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, e := range r.emits {
		if e.Event == event {
			all = append(all, string(e.Data))
		}
	}
	return all
}

func code(err error) int {
	var refusal *wire.Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return 0
}

func chatData(chatID string) wire.Raw { return wire.NewObject(nil).Str("chatId", chatID).Done() }

func TestConversation(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		ctx := t.Context()
		visitor := login(t, server, "v", client.Options{})
		told := record(visitor)
		chatID, err := visitor.CreateChat(ctx, client.NewChat{Room: "1", Lang: "en", Source: "3", Config: core.Config{AssignMaxAttempts: 3, AssignTimeout: "20"}})
		require.NoError(t, err)
		found, err := visitor.SearchAgent(ctx, chatID, "")
		require.NoError(t, err)
		assert.JSONEq(t, `{}`, string(found))

		agent := login(t, server, "a", client.Options{})
		heard := record(agent)
		_, err = agent.SendEvent(ctx, "chats:join", chatData(chatID))
		require.NoError(t, err)
		require.NoError(t, agent.LoadChat(ctx, chatID, core.Config{}))
		assert.Len(t, told.of("user:joined"), 1)

		sent, err := visitor.SendMessage(ctx, chatID, "hello")
		require.NoError(t, err)
		assert.NotEmpty(t, sent.EventID)
		assert.Contains(t, string(sent.Message), `"message":"hello"`)
		assert.Len(t, heard.of("message:received"), 1)
		assert.Empty(t, told.of("message:received"), "own messages are not emitted")

		read, err := agent.ReadMessage(ctx, chatID, sent.MessageID)
		require.NoError(t, err)
		assert.Contains(t, string(read), sent.MessageID)
		require.NoError(t, agent.SendActivity(ctx, chatID, "writing"))
		assert.Len(t, told.of("message:read"), 1)
		assert.Len(t, told.of("user:activity"), 1)

		_, err = visitor.SendEvent(ctx, "no:such", chatData(chatID))
		assert.Equal(t, 404, code(err))
		require.NoError(t, agent.CloseChat(ctx, chatID, wire.Raw(`{"reason":"done"}`)))
		assert.Len(t, told.of("chat:closed"), 1)
		_, err = visitor.SendMessage(ctx, chatID, "late")
		assert.Equal(t, 410, code(err))

		require.NoError(t, visitor.Logout(ctx))
		_, err = visitor.SendMessage(ctx, chatID, "later")
		assert.Equal(t, 401, code(err))
	})
}

func TestAPI(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := start(t, server, client.Options{})
		server.Answer = func(f core.Fetch) (int, wire.Raw) {
			if f.Method == "POST" {
				return 409, wire.Raw(`{"error":{"code":409,"message":"exists"}}`)
			}
			return 200, wire.Raw(`{"url":"` + f.URL + `"}`)
		}
		data, err := c.API(t.Context(), "GET", "/agents/available?roomIds=1", nil)
		require.NoError(t, err)
		assert.JSONEq(t, `{"url":"http://x/v1/agents/available?roomIds=1"}`, string(data))
		_, err = c.API(t.Context(), "POST", "/users", wire.Raw(`{"name":"x"}`))
		assert.Equal(t, 409, code(err))
		server.Refuse(errors.New("down"))
		_, err = c.API(t.Context(), "GET", "/x", nil)
		assert.Equal(t, 503, code(err))
	})
}

// TestRestore: a later client on the same store takes over where the first one
// was closed: its session, its chat, and the message it had not got through.
func TestRestore(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		ctx, store := t.Context(), client.NewMemory()
		first := login(t, server, "v", client.Options{Store: store})
		chatID, err := first.CreateChat(ctx, client.NewChat{Room: "1"})
		require.NoError(t, err)
		server.Refuse(errors.New("down"))
		server.Cut()
		ended := make(chan error, 1)
		go func() {
			_, err := first.SendMessage(ctx, chatID, "from the outbox")
			ended <- err
		}()
		synctest.Wait()
		require.NoError(t, first.Close())
		assert.ErrorIs(t, <-ended, client.ErrClosed)
		server.Refuse(nil)

		second := start(t, server, client.Options{Store: store})
		_, err = second.SendMessage(ctx, chatID, "its own")
		require.NoError(t, err)
		history := server.Messages(chatID)
		require.Len(t, history, 2)
		assert.Contains(t, string(history[0]), "from the outbox")
		require.NoError(t, second.Logout(ctx))

		third := start(t, server, client.Options{Store: store})
		_, err = third.SendMessage(ctx, chatID, "x")
		assert.Equal(t, 401, code(err), "logged out is logged out")
	})
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		server.Intercept(func(_ *coretest.Session, f wire.Frame) bool { return f.Event == "never:answered" })
		c := login(t, server, "v", client.Options{})
		ended := make(chan error, 1)
		go func() {
			_, err := c.SendEvent(context.Background(), "never:answered", nil)
			ended <- err
		}()
		synctest.Wait()
		require.NoError(t, c.Close())
		require.NoError(t, c.Close(), "twice")
		assert.ErrorIs(t, <-ended, client.ErrClosed)
		assert.ErrorIs(t, c.Init(context.Background(), app), client.ErrClosed)
	})
}

func TestCloseFromAHandler(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := login(t, server, "v", client.Options{})
		closed := make(chan error, 100)
		c.On(func(client.Event) {
			closed <- c.Close()
		})
		server.Push("v", "news", wire.Raw(`{}`))
		assert.NoError(t, <-closed)
	})
}

func TestContextEndsTheWaitAlone(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, server *coretest.Server) {
		c := login(t, server, "v", client.Options{})
		chatID, err := c.CreateChat(t.Context(), client.NewChat{})
		require.NoError(t, err)
		server.Refuse(errors.New("down"))
		server.Cut()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := c.SendMessage(ctx, chatID, "patience")
			ended <- err
		}()
		synctest.Wait()
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
		server.Refuse(nil)
		_, err = c.SendMessage(t.Context(), chatID, "second")
		require.NoError(t, err)
		assert.Len(t, server.Messages(chatID), 2, "what was given up was sent all the same, first")
	})
}

func TestDialerIsRequired(t *testing.T) {
	t.Parallel()
	_, err := client.New(client.Options{})
	assert.ErrorContains(t, err, "Options.Dialer is required")
}
