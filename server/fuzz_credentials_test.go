package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"parley/server/servertest"
)

// FuzzCredentials asks for what nobody but the owners of secrets may have, with any
// credentials. All that is not theirs is refused, and nothing panics.
func FuzzCredentials(f *testing.F) {
	for _, header := range []string{"x-hyper-token", "x-hyper-secret", "x-hyper-key", "authorization", "cookie", "origin", "x-hyper-appid", "forwarded", "x-forwarded-for"} {
		for _, value := range []string{"", " ", "demo", "demo-secre", "demo-secret ", "DEMO-SECRET", "null", "\x00", "é", strings.Repeat("a", 64), "demo.admin", "*", "demo,demo"} {
			f.Add("demo", header, value)
		}
	}
	f.Add("admin.secret", "x-hyper-secret", "x")
	f.Add("", "x-hyper-secret", "")
	w, found := fuzzed(f)
	vera := w.Visitor("Vera")
	handler := w.Server.Handler()
	chatID := w.Rest("POST", "/chats", servertest.As(vera), `{"room":"1"}`).Text("chat", "id")
	f.Fuzz(func(t *testing.T, app, name, value string) {
		if value == "demo-secret" || value == vera.Token || value == "" && name == "" {
			return
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		for _, path := range []string{"/v1/users?externalId=x", "/v1/chats/" + chatID, "/v1/apps"} {
			r := httptest.NewRequestWithContext(ctx, "GET", path, nil)
			r.Header = http.Header{"X-Hyper-Appid": {app}}
			r.Header[http.CanonicalHeaderKey(name)] = []string{value}
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, r)
			found.none(t)
			require.Contains(t, []int{401, 403}, answer.Code, "%s with %q: %q: %s", path, name, value, answer.Body)
		}
	})
}

// FuzzForm sends any form as a file to a chat. The server must not panic, and answers
// every refusal in the documented shape.
func FuzzForm(f *testing.F) {
	const field, file = "--b\r\nContent-Disposition: form-data; name=\"chatId\"\r\n\r\nCHAT\r\n", "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.txt\"\r\n"
	for _, form := range []string{
		"", "--b--\r\n", field, field + "--b--\r\n", field + file + "\r\nwords\r\n--b--\r\n", file + "\r\nwords\r\n--b--\r\n" + field,
		field + file + "Content-Type: text/html\r\n\r\n<p>\r\n--b--\r\n", field + strings.Repeat(field, 20), field + file + "Content-Transfer-Encoding: base64\r\n\r\n!!\r\n--b--",
		field + "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"../../\x00\u202e.png\"\r\n\r\n\x89PNG\r\n\x1a\n\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"eventId\"\r\n\r\n" + strings.Repeat("x", 5000) + "\r\n" + field,
	} {
		f.Add("b", []byte(form))
	}
	w, found := fuzzed(f)
	vera := w.Visitor("Vera")
	handler := w.Server.Handler()
	chatID := w.Rest("POST", "/chats", servertest.As(vera), `{"room":"1"}`).Text("chat", "id")
	f.Fuzz(func(t *testing.T, boundary string, form []byte) {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		r := httptest.NewRequestWithContext(ctx, "POST", "/v1/media", strings.NewReader(strings.ReplaceAll(string(form), "CHAT", chatID)))
		r.Header = servertest.As(vera)
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		found.none(t)
		if answer.Code != http.StatusOK {
			require.Contains(t, answer.Body.String(), `{"error":{"code":`)
			require.Less(t, answer.Code, 500, answer.Body)
		}
	})
}
