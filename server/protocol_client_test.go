package server_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server"
	"parley/server/servertest"
)

// The second client of docs/protocol holds a conversation with an agent, to its end.
func TestProtocolClient(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	agent := w.Open(t, w.Agent("agent1")).OnDuty()
	client := exec.CommandContext(t.Context(), "node", "../docs/protocol/client.mjs")
	client.Env = append(os.Environ(), "PARLEY="+w.HTTP.URL, "APP=demo", "ROOM=1", "NAME=Ada")
	client.Stderr = t.Output()
	in, err := client.StdinPipe()
	require.NoError(t, err)
	out, err := client.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, client.Start())
	lines := bufio.NewScanner(out)
	said := func() string {
		require.True(t, lines.Scan(), "the client has ended")
		return lines.Text()
	}

	invited := agent.Find("an invitation", func(_ int, f wire.Frame) bool { return f.Event == "invitations:new" })
	id := servertest.Parsed(invited.Data)["chatId"].(string)
	assert.Equal(t, "* waiting for an agent; write away", said())
	agent.Take(id)
	assert.Equal(t, "* Agent 1 is here", said())
	_, err = io.WriteString(in, "1 < 2 & so on\nähm\n")
	require.NoError(t, err)
	for _, text := range []string{"1 < 2 & so on", "ähm"} {
		assert.Equal(t, text, servertest.Dig(agent.Next(chat.EventMessage), "message", "message"))
	}
	agent.Say(id, "yes")
	assert.Equal(t, "agent: yes", said())
	agent.Ask(chat.EventClose, servertest.Obj("chatId", id))
	assert.Equal(t, "* the chat is over", said())
	require.NoError(t, client.Wait())
}
