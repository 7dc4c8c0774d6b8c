package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"

	"parley/server"
	"parley/server/internal/limit"
	"parley/server/internal/storetest"
	"parley/server/servertest"
)

// defects counts the panics that the server has caught and logged.
type defects struct {
	slog.Handler
	count atomic.Int64
	last  atomic.Value
}

func (d *defects) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "defect" {
		d.count.Add(1)
		r.Attrs(func(a slog.Attr) bool { d.last.Store(a.Value.String()); return true })
	}
	return nil
}

func (d *defects) Enabled(context.Context, slog.Level) bool { return true }

// fuzzed is a server, and what it logs as defects.
func fuzzed(f *testing.F) (*servertest.World, *defects) {
	found := &defects{Handler: slog.DiscardHandler}
	rates := limit.Table{} // so high that no input is refused for its rate
	for _, count := range []limit.Count{
		{Kind: limit.Requests, Scope: limit.Address}, {Kind: limit.Requests, Scope: limit.Visitor},
		{Kind: limit.Uploads, Scope: limit.Address}, {Kind: limit.Uploads, Scope: limit.Visitor}, {Kind: limit.Uploads, Scope: limit.App},
	} {
		rates[count] = limit.Rate{PerSecond: 1e6, Burst: 1e6}
	}
	o := server.Options{Limits: server.Limits{MessagesPerSecond: 1 << 20, Rates: rates}, Logger: slog.New(found)}
	return servertest.With(f, storetest.Engine(f, f.TempDir()), o), found
}

func (d *defects) none(t *testing.T) {
	if d.count.Load() > 0 {
		t.Fatalf("the server has a defect: %v", d.last.Load())
	}
}

// FuzzSocket sends any bytes over the open session of a visitor with a chat. The
// server must not panic, and must answer the next request.
func FuzzSocket(f *testing.F) {
	for _, frame := range []string{
		`{"id":"1","event":"messages:new","data":{"chatId":"CHAT","message":"hi"}}`,
		`{"id":"1","event":"messages:read","data":{"messageId":"CHAT.1"}}`,
		`{"id":"1","event":"history:import","data":{"chatId":"CHAT","history":[{"sender":"assistant","message":"x","created":1}]}}`,
		`{"id":"1","event":"chats:get","data":{"chatId":"CHAT","fields":"users,history"}}`,
		`{"id":"1","event":"chats:create","data":{"room":"1","history":[],"config":{"assignTimeout":1}}}`,
		`{"id":"1","event":"chats:assign","data":{"chatId":"CHAT","algorithm":"roundRobin","maxAttempts":1,"interval":0.1}}`,
		`{"id":"1","event":"users:activity","data":{"chatId":"CHAT","type":"writing"}}`,
		`{"id":"1","event":"session:open","data":{"appId":"demo","token":"x","chats":{"CHAT":1}}}`,
		`{"id":"1","event":"chats:transfer","data":{"chatId":"CHAT","room":"2"}}`,
		`1{"id":"1","event":"messages:new","data":{"chatId":"CHAT","message":"hi"}}`, `7{"event":"ping"}`, `7`, `999999999`, `07{}`,
		`{"event":"pong"}`, `{"event":"bye","data":{"code":1e99}}`, `[[[[`, `{"id":"\u0000","event":null}`, "{\"id\":\"1\",\"event\":\"\xff\"}",
	} {
		f.Add([]byte(frame))
	}
	w, found := fuzzed(f)
	var vera servertest.Login
	var chatID string
	var ws *websocket.Conn
	inputs := 0
	f.Cleanup(func() {
		if ws != nil {
			_ = ws.CloseNow()
		}
	})
	connect := func(t *testing.T, ctx context.Context) {
		w.T = t
		defer func() { w.T = f }()
		vera = w.Visitor("Vera")
		chatID = w.Open(t, vera).NewChat()
		var err error
		ws, _, err = websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.HTTP.URL, "http")+"/v1/socket", nil)
		require.NoError(t, err)
		ws.SetReadLimit(64 << 20)
		open, _ := json.Marshal(servertest.Obj("id", "open", "event", "session:open", "data", servertest.Obj("appId", "demo", "token", vera.Token)))
		require.NoError(t, ws.Write(ctx, websocket.MessageText, open))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		ctx, stop := context.WithTimeout(t.Context(), storetest.WaitFor)
		defer stop()
		if inputs++; ws == nil || inputs%500 == 0 { // a chat that grows for ever grows slow
			connect(t, ctx)
		}
		require.NoError(t, ws.Write(ctx, websocket.MessageText, bytes.ReplaceAll(frame, []byte("CHAT"), []byte(chatID))))
		require.NoError(t, ws.Write(ctx, websocket.MessageText, []byte(`{"id":"last","event":"user:focus"}`)))
		for {
			_, answer, err := ws.Read(ctx)
			require.NoError(t, err, "the connection outlives every frame")
			if bytes.Contains(answer, []byte(`"id":"last"`)) {
				break
			}
		}
		found.none(t)
	})
}

// FuzzREST asks with any method, path, headers and body, with the app's secret. Every answer is JSON or a file, and every refusal is in the documented
// shape.
func FuzzREST(f *testing.F) {
	for _, op := range server.Operations().List {
		if op.Method != "" {
			f.Add(op.Method, op.Path, "application/json", []byte(`{"chatId":"CHAT","userId":"USER","message":"x","limit":3,"history":[]}`))
		}
	}
	f.Add("POST", "/media", "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"chatId\"\r\n\r\nCHAT\r\n--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.txt\"\r\n\r\nwords\r\n--b--\r\n"))
	f.Add("GET", "/chats/CHAT/history.csv?limit=%zz&a[]=1", "", []byte{})
	w, found := fuzzed(f)
	vera := w.Visitor("Vera")
	names := strings.NewReplacer("CHAT", w.Open(f, vera).NewChat(), "USER", vera.ID)
	handler := w.Server.Handler()
	f.Fuzz(func(t *testing.T, method, path, contentType string, body []byte) {
		target, err := url.ParseRequestURI("/v1" + names.Replace(path))
		if err != nil || method == "" || strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
			return // is no HTTP request
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		r := httptest.NewRequestWithContext(ctx, "POST", "/", strings.NewReader(names.Replace(string(body))))
		r.Method, r.URL, r.RequestURI = method, target, target.RequestURI()
		r.Header = http.Header{"X-Hyper-Appid": {"demo"}, "X-Hyper-Secret": {"demo-secret"}, "Content-Type": {contentType}}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		found.none(t)
		if answer.Code < 400 {
			return
		}
		var refusal struct {
			Error struct {
				Code    int
				Message string
			}
		}
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &refusal), "%s %s: %s", method, path, answer.Body)
		require.Equal(t, answer.Code, refusal.Error.Code)
		require.NotEmpty(t, refusal.Error.Message)
	})
}
