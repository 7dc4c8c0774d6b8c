//go:build js && wasm

package jsbridge

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hack-pad/safejs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A page whose network is a record of what was asked of it.
const fakePage = `(() => {
  const log = [];
  const half = {
    ready(version) { log.push(['ready', version]); },
    dial(transport, url, epoch) {
      if (url.includes('refused')) throw new SyntaxError('no such place');
      log.push(['dial', transport, url, epoch]);
      return { send(text) { log.push(['send', text]); }, close(code) { log.push(['close', code]); } };
    },
    fetched(promise, call) { log.push(['fetched', call]); },
  };
  globalThis.testLog = log;
  globalThis.parley = half;
  globalThis.fetch = (url, options) => { log.push(['fetch', url, options.method, options.body ?? null, options.headers]); return Promise.resolve(); };
})()`

type testPage struct{ *testing.T }

func start(t *testing.T) testPage {
	_, err := safejs.Global().Call("eval", fakePage)
	require.NoError(t, err)
	require.NoError(t, Start("1.2.3"))
	return testPage{t}
}

// log gives what the page was asked for since the last look.
func (p testPage) log() string {
	text, err := safejs.Global().Call("eval", `JSON.stringify(testLog.splice(0))`)
	require.NoError(p, err)
	s, err := text.String()
	require.NoError(p, err)
	return s
}

func (p testPage) write(text string) int32 {
	parleyInput(int32(len(text)))
	return int32(copy(program.input, text))
}

func (p testPage) batch(length int32) [][]any {
	if length == 0 {
		return nil
	}
	var batch [][]any
	require.NoError(p, json.Unmarshal(program.batch.Text[:length], &batch), "%s", program.batch.Text[:length])
	return batch
}

func (p testPage) command(id int, name string, args any) [][]any {
	text, err := json.Marshal(map[string]any{"name": name, "args": args})
	require.NoError(p, err)
	return p.batch(parleyCommand(int32(id), p.write(string(text))))
}

func (p testPage) frames(epoch int32, frames ...string) [][]any {
	var input []byte
	for _, f := range frames {
		input = binary.LittleEndian.AppendUint32(input, uint32(len(f)))
		input = append(input, f...)
	}
	return p.batch(parleyFrames(epoch, p.write(string(input))))
}

// named gives the effects of one name.
func named(batch [][]any, name string) (found [][]any) {
	for _, e := range batch {
		if e[0] == name {
			found = append(found, e)
		}
	}
	return found
}

var initArgs = map[string]any{"appId": "demo", "api": "http://h/v1", "socket": "ws://h/v1/socket", "stored": nil}

func TestStartSaysReadyWithItsVersion(t *testing.T) {
	p := start(t)
	assert.JSONEq(t, `[["ready","1.2.3"]]`, p.log())
	_, err := safejs.Global().Call("eval", "delete globalThis.parley")
	require.NoError(t, err)
	assert.Error(t, Start("1.2.3"))
}

func TestAConversationThroughBothDoors(t *testing.T) {
	p := start(t)
	p.log()
	p.command(1, "init", initArgs)
	assert.JSONEq(t, `[["fetch","http://h/v1/apps/demo/validate","GET",null,{}],["fetched",1]]`, p.log())
	batch := p.batch(parleyFetched(1, 200, p.write(`{"success":true}`)))
	assert.Equal(t, [][]any{{"settle", 1., nil}}, named(batch, "settle"))

	p.command(2, "login", map[string]any{"id": "v", "token": "secret"})
	assert.JSONEq(t, `[["dial","websocket","ws://h/v1/socket",1]]`, p.log())
	p.batch(parleySocket(1, 1, 0))
	var sent [][]string
	require.NoError(t, json.Unmarshal([]byte(p.log()), &sent))
	var open struct{ ID, Event string }
	require.NoError(t, json.Unmarshal([]byte(sent[0][1]), &open))
	assert.Equal(t, "session:open", open.Event)

	batch = p.frames(1, fmt.Sprintf(`{"id":%q,"data":{"user":{"id":"v"},"chats":{"c":{"id":"c","status":"waiting","users":[{"id":"v"}],"seq":5}}}}`, open.ID),
		`{"seq":7,"prev":5,"event":"messages:new","data":{"chatId":"c","userId":"a","message":{"id":"c.1","sender":"a","message":"héllo 😀"}}}`)
	assert.Equal(t, [][]any{{"settle", 2., map[string]any{"user": map[string]any{"id": "v"}}}}, named(batch, "settle"))
	session := map[string]any{"appId": "demo", "id": "v", "token": "secret"}
	assert.Equal(t, [][]any{{"save", session}}, named(batch, "save"), "the page keeps it for the next one")
	require.Len(t, named(batch, "chat"), 1, "both frames of one call went in, in order")
	assert.Equal(t, "héllo 😀", named(batch, "chat")[0][3].(map[string]any)["message"].(map[string]any)["message"])

	batch = p.command(3, "chat.send", map[string]any{"chatId": "c", "text": "hi"})
	created := named(batch, "created")
	require.Len(t, created, 1)
	assert.Equal(t, []any{"created", 3., created[0][2], "hi", "v"}, created[0])
	stored := named(batch, "persist")
	require.Len(t, stored, 1)
	assert.Contains(t, p.log(), "messages:new", "it does not wait for the store")

	batch = p.command(5, "chat.upload", map[string]any{"chatId": "c", "name": "cat.png", "size": 5})
	order := named(batch, "transfer")[0][2].(map[string]any)
	assert.Equal(t, "v", order["form"].(map[string]any)["senderId"])
	assert.Equal(t, 30_000., order["silence"])
	batch = p.command(6, "download", map[string]any{"path": "/media/c-1", "token": "old"})
	order = named(batch, "transfer")[0][2].(map[string]any)
	assert.Nil(t, order["form"])
	assert.Equal(t, "old", order["headers"].(map[string]any)["x-hyper-token"])

	batch = p.command(4, "logout", map[string]any{})
	assert.Len(t, named(batch, "drop"), 1)
	assert.Equal(t, [][]any{{"clear", session}}, named(batch, "clear"))
	var ending [][]any
	require.NoError(t, json.Unmarshal([]byte(p.log()), &ending))
	require.Len(t, ending, 2)
	assert.Contains(t, ending[0][1], `"event":"session:close"`)
	assert.Equal(t, []any{"close", 1000.}, ending[1])
}

func TestBadInputIsARejection(t *testing.T) {
	p := start(t)
	for _, tc := range []struct{ name, input, message string }{
		{"no JSON", `nonsense`, "not valid JSON"},
		{"nested too deep", `{"name":"chat.close","args":{"chatId":"c","extraData":` + strings.Repeat(`{"a":`, 600) + "1" + strings.Repeat("}", 600) + "}}", "nested deeper than 500"},
		{"unknown command", `{"name":"fly","args":{}}`, `unknown command "fly"`},
		{"argument of the wrong type", `{"name":"chat.send","args":{"chatId":1,"text":"x"}}`, "chatId: must be a string, not a number"},
		{"before init", `{"name":"chat.send","args":{"chatId":"c","text":"x"}}`, "call ICF.init first"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rejected := named(p.batch(parleyCommand(7, p.write(tc.input))), "reject")
			require.Len(t, rejected, 1)
			assert.Equal(t, 7., rejected[0][1])
			assert.Contains(t, rejected[0][2].(map[string]any)["message"], tc.message)
		})
	}
}

func TestASocketThatCannotBeMadeIsALostOne(t *testing.T) {
	p := start(t)
	args := map[string]any{"appId": "demo", "api": "http://h/v1", "socket": "ws://refused", "stored": nil}
	p.command(1, "init", args)
	p.batch(parleyFetched(1, 200, p.write(`{}`)))
	batch := p.command(2, "login", map[string]any{"id": "v", "token": "t"})
	assert.Contains(t, fmt.Sprint(batch), "no such place")
	assert.Contains(t, fmt.Sprint(named(batch, "arm")), "[arm 1 ", "the back-off runs")
}

func TestAPanicIsAFatalEffect(t *testing.T) {
	p := start(t)
	batch := p.batch(program.run(func(*shell) { panic("broken") }))
	assert.Equal(t, [][]any{{"fatal", "broken"}}, batch)
}

func TestStats(t *testing.T) {
	start(t)
	n := parleyStats()
	var stats map[string]float64
	require.NoError(t, json.Unmarshal(program.batch.Text[:n], &stats))
	assert.Positive(t, stats["heap"])
	assert.Zero(t, stats["chats"])
}
