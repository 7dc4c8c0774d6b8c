package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		want     Frame
		err      string
	}{
		{"request", `{"id":"a1","event":"messages:new","data":{"x":[1,"é"]}}`,
			Frame{ID: "a1", Event: "messages:new", Data: Raw(`{"x":[1,"é"]}`)}, ""},
		{"reply", `{"id":"a1","data":{}}`, Frame{ID: "a1", Data: Raw(`{}`)}, ""},
		{"refusal", `{"id":"a1","error":{"code":403,"message":"no"}}`,
			Frame{ID: "a1", Error: &Error{Code: 403, Message: "no"}}, ""},
		{"refusal with a detail", `{"id":"a1","error":{"code":403,"message":"no","detail":"a.exe"}}`,
			Frame{ID: "a1", Error: &Error{Code: 403, Message: "no", Detail: "a.exe"}}, ""},
		{"push", `{"seq":9,"prev":7,"event":"chats:close","data":null}`,
			Frame{Seq: 9, Prev: 7, Event: "chats:close"}, ""},
		{"own act", `{"seq":9,"prev":7,"eventId":"e","event":"x"}`, Frame{Seq: 9, Prev: 7, EventID: "e", Event: "x"}, ""},
		{"unknown fields and space", " { \"id\" : \"a\" , \"zz\" : {\"id\":1} } ", Frame{ID: "a"}, ""},
		{"escapes", `{"id":"\u0061\n","event":"😀"}`, Frame{ID: "a\n", Event: "😀"}, ""},
		{"last of a double name wins", `{"id":"a","id":"b"}`, Frame{ID: "b"}, ""},
		{"empty", ``, Frame{}, "not valid JSON"},
		{"as deep as may be", `{"data":` + strings.Repeat("[", 499) + `"[\"[["` + strings.Repeat("]", 499) + `}`, Frame{Data: Raw(strings.Repeat("[", 499) + `"[\"[["` + strings.Repeat("]", 499))}, ""},
		{"too deep", `{"data":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`, Frame{}, "nested deeper than 500"},
		{"array", `[]`, Frame{}, "must be a JSON object, not a JSON array"},
		{"cut short", `{"id":"a"`, Frame{}, "not valid JSON"},
		{"two values", `{} {}`, Frame{}, "more than one JSON value"},
		{"id of the wrong type", `{"id":5}`, Frame{}, `frame: id: must be a string, not a number`},
		{"seq negative", `{"seq":-1}`, Frame{}, `frame: seq: must be a whole number`},
		{"seq fraction", `{"seq":1.5}`, Frame{}, `frame: seq: must be a whole number`},
		{"error of the wrong type", `{"error":"x"}`, Frame{}, `frame: error: must be a JSON object, not a string`},
		{"broken UTF-8", "{\"id\":\"\xff\"}", Frame{}, "frame is not UTF-8"},
		{"half a surrogate pair", `{"id":"a\ud800b"}`, Frame{ID: "a\uFFFDb"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Parse([]byte(tc.in))
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	f := Frame{ID: "a\"b", Event: "x", Seq: 3, Prev: 1, EventID: "e", Data: Raw(`{"k":1}`), Error: &Error{Code: 404, Message: "né\xff"}}
	assert.Equal(t, `{"id":"a\"b","seq":3,"prev":1,"eventId":"e","event":"x","data":{"k":1},"error":{"code":404,"message":"né`+"\uFFFD"+`"}}`,
		string(f.Append(nil)))
	assert.Equal(t, `{"event":"ping"}`, string((&Frame{Event: EventPing}).Append(nil)))
}

func TestCheckID(t *testing.T) {
	t.Parallel()
	for id, ok := range map[string]bool{"": false, "a": true, string(bytes.Repeat([]byte("x"), 128)): true,
		string(bytes.Repeat([]byte("x"), 129)): false, "a b~": true, "a\n": false, "é": false} {
		assert.Equal(t, ok, CheckID(id) == nil, "%q", id)
	}
}

func TestReaders(t *testing.T) {
	t.Parallel()
	_, err := String(Raw(`null`))
	assert.ErrorContains(t, err, "must be a string, not null")
	_, err = Bool(Raw(`"true"`))
	assert.ErrorContains(t, err, "must be true or false, not a string")
	_, err = Float(Raw(`1e999`))
	assert.ErrorContains(t, err, "out of range")
	_, err = Uint(nil)
	assert.ErrorContains(t, err, "must be a number, not nothing")
	assert.ErrorContains(t, Items(Raw(`{}`), nil), "must be a JSON array, not a JSON object")
}

func TestReadPanicsOnPairsThatAreNone(t *testing.T) {
	t.Parallel()
	object := Raw(`{"a":1}`)
	var number int
	for name, pairs := range map[string][]any{"a name without a variable": {"a"}, "a name that is no string": {1, &number}, "another type": {"a", &number}} {
		assert.Panics(t, func() { _ = Read(object, pairs...) }, name)
	}
}

// FuzzParse holds the codec against encoding/json: what one accepts the other
// accepts, with the same fields, and what is written reads back the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"id":"a","event":"b","data":{"c":[1,2,{"d":null}]}}`, `{"error":{"code":1,"message":"\ud83d\ude00"}}`,
		`{"seq":1e3,"prev":0,"eventId":""}`, `{"id":"a","id":"b"}`, "[1", `{"a":1}{}`, ` {"data" : "x" } `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := Parse(in)
		if !utf8.Valid(in) || err != nil && strings.Contains(err.Error(), "nested deeper") {
			return // encoding/json mends the one, a WebSocket text message never holds it, and takes the other
		}
		var want map[string]json.RawMessage
		if oracle := json.Unmarshal(in, &want); oracle != nil || want == nil {
			require.Error(t, err, "encoding/json refuses it: %v", oracle)
			return
		}
		if err != nil {
			var refusal *Error
			require.ErrorAs(t, err, &refusal)
			require.NotContains(t, refusal.Message, "not valid JSON", "encoding/json reads it")
			return
		}
		for name, field := range map[string]string{"id": got.ID, "event": got.Event, "eventId": got.EventID} {
			if raw, there := want[name]; there && string(raw) != "null" {
				var s string
				require.NoError(t, json.Unmarshal(raw, &s))
				assert.Equal(t, s, field)
			}
		}
		if raw, there := want["data"]; there && string(raw) != "null" {
			assert.Equal(t, string(raw), string(got.Data))
		}
		again, err := Parse(got.Append(nil))
		require.NoError(t, err)
		assert.Equal(t, got, again)
	})
}
