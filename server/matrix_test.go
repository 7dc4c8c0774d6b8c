package server_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server"
	"parley/server/internal/op"
	"parley/server/servertest"
)

var writeMatrix = flag.Bool("matrix", false, "write testdata/matrix.txt anew")

const matrixFile = "testdata/matrix.txt"

var blanksAtEnd = regexp.MustCompile(" +\n")

// who explains the columns of the table.
const who = `Who may call what. yes: the call is carried out, or refused for what it asks. A number: it is refused for who asks.

nobody    without credentials            agent     an agent of the chat's room         admin     the admin secret, with the app's id
app id    with the app's id alone        former    such an agent who has left it       no app    the admin secret alone
visitor   the chat's visitor             room 2    an agent of another room            alien     a visitor's session of another app
stranger  another visitor                disabled  an agent who is disabled            its boss  the session of that app's supervisor
ended     a visitor who has logged out,  lead      a supervisor                        its key   that app's secret, with this app's id
          about their own chat           secret    the app's secret                    outside   that app's secret and id
in chat   an agent in the chat           wrong     a wrong secret
invited   an agent invited to it         known     a visitor whom the app knows, about their own closed chat
read key  an access key with the scope read

Surveys are for who has a link to one, which nobody has here. A socket takes sessions only, so there the secrets are refused.

`

// ofWhoAsks are the reasons of refusals that are not about what is asked for.
var ofWhoAsks = []wire.Reason{
	wire.UnknownApp, wire.NotLoggedIn, wire.SessionEnded, wire.WrongSecret, wire.WrongDomainKey, wire.BadLink, wire.LoggedOut,
	wire.NotAllowed, wire.NotInChat, wire.OriginRefused, wire.WrongApp, wire.WrongUser, wire.AgentDisabled, wire.UnknownChat,
}

// outcome is the cell of a call.
func outcome(code int, reason string) string {
	if slices.ContainsFunc(ofWhoAsks, func(r wire.Reason) bool { return r.Name() == reason }) {
		return fmt.Sprint(code)
	}
	return "yes"
}

// Every operation and every event, called by everybody: the table in testdata says who may.
// A new operation needs a row there: write it with -matrix, and look whether it is meant so.
func TestMatrix(t *testing.T) {
	t.Parallel()
	// Who is invited stays so to the end: there is time to answer, and for a peer that answers no pings.
	w := servertest.New(t, server.Limits{AssignTimeout: time.Hour, IdleAfter: time.Hour})
	s := newStage(t, w)
	reading := s.scene(t) // nothing changes it
	var table strings.Builder
	table.WriteString(who)
	var calls, refused int
	head := func(of string) {
		fmt.Fprintf(&table, "%-40s", of)
		for _, a := range reading.actors {
			fmt.Fprintf(&table, " %-8s", a.name)
		}
		table.WriteString("\n")
	}
	row := func(t *testing.T, name string, writes bool, call func(sc *scene, a actor) string) {
		fmt.Fprintf(&table, "%-40s", name)
		now := reading
		if writes {
			now = nil
		}
		for i := range reading.actors {
			if now == nil {
				now = s.scene(t)
			}
			cell := call(now, now.actors[i])
			fmt.Fprintf(&table, " %-8s", cell)
			if calls++; cell != "yes" {
				refused++
			} else if writes {
				now = nil // it may have changed something
			}
		}
		table.WriteString("\n")
	}
	head("REST")
	for _, operation := range roomsOf(w).Table.List {
		if operation.Method != "" {
			t.Run(operation.Method+operation.Path, func(t *testing.T) {
				row(t, operation.Method+" "+operation.Path, operation.Writes, func(sc *scene, a actor) string { return byREST(t, w, sc, a, operation) })
			})
		}
	}
	table.WriteString("\n")
	head("WebSocket")
	for _, operation := range roomsOf(w).Table.List {
		if operation.Event != "" {
			t.Run(operation.Event, func(t *testing.T) {
				row(t, operation.Event, operation.Writes, func(sc *scene, a actor) string { return bySocket(t, w, sc, a, operation.Event) })
			})
		}
	}
	t.Logf("%d calls, %d of them refused for who asks", calls, refused)
	got := blanksAtEnd.ReplaceAllString(table.String(), "\n")
	if *writeMatrix {
		require.NoError(t, os.WriteFile(matrixFile, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(matrixFile)
	require.NoError(t, err)
	assert.Equal(t, strings.Split(string(want), "\n"), strings.Split(got, "\n"), "who may call what has changed, or an operation has no row")
}

// of gives what an actor's calls are about.
func (sc *scene) of(a actor, name string) string {
	if id := a.about[name]; id != "" {
		return id
	}
	return sc.about[name]
}

func byREST(t *testing.T, w *servertest.World, sc *scene, a actor, operation *op.Operation) string {
	t.Helper()
	path := pathParameter.ReplaceAllStringFunc(operation.Path, func(param string) string {
		if id := sc.of(a, strings.Trim(param, "{}")); id != "" {
			return id
		}
		return "x"
	})
	body := ""
	switch inPath := strings.Contains(path, sc.of(a, "chatId")); {
	case operation.Method == "GET" && !inPath:
		path += "?chatId=" + sc.of(a, "chatId") + "&id=" + sc.of(a, "id") + "&sourceType=ticket&sourceId=" + sc.of(a, "sourceId")
	case operation.Path == "/settings":
		body = `{"languages":["en"]}` // as a supervisor may
	case operation.Method != "GET" && inPath:
		body = `{"message":"x","room":"1"}`
	case operation.Method != "GET":
		body = fmt.Sprintf(`{"chatId":%q,"type":"writing","room":"1","name":"x"}`, sc.of(a, "chatId"))
	}
	r, err := http.NewRequest(operation.Method, w.HTTP.URL+"/v1"+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header = a.header().Clone()
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	reason, _ := servertest.Dig(servertest.Parsed(said), "error", "reason").(string)
	if renewed, _ := servertest.Dig(servertest.Parsed(said), "secret").(string); operation.Path == "/admin/secret" && renewed != "" {
		sc.adminRenewed(renewed)
	}
	return outcome(answer.StatusCode, reason)
}

// bySocket asks on a connection of its own. Where no session can be opened, the event is
// refused for that.
func bySocket(t *testing.T, w *servertest.World, sc *scene, a actor, event string) string {
	t.Helper()
	p := w.Dial(t)
	p.Rude, p.Twin, p.Rejoins = true, true, true
	opened := p.Reply(p.Post(wire.EventOpen, servertest.Obj("appId", a.appID(), "token", a.token())))
	if opened.Error != nil {
		return fmt.Sprint(opened.Error.Code)
	}
	data := servertest.Obj("chatId", sc.of(a, "chatId"), "type", "writing", "room", "1", "message", "x", "available", true)
	if event == "messages:read" {
		data = servertest.Obj("messageId", sc.of(a, "messageId"))
	}
	f := p.Reply(p.Post(event, data))
	if f.Error != nil {
		return outcome(f.Error.Code, f.Error.Reason)
	}
	return "yes"
}
