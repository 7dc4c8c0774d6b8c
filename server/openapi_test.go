package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server"
	"parley/server/servertest"
)

// The document is there for everybody, valid, and has what the table has, no
// more and no less.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	for _, path := range []string{"/openapi.json", "/openapi.json/"} {
		status, header, b := w.Download(path, http.Header{"Origin": {"https://elsewhere.example"}})
		require.Equal(t, 200, status)
		assert.Equal(t, "application/json; charset=utf-8", header.Get("Content-Type"))
		assert.Equal(t, "*", header.Get("Access-Control-Allow-Origin"))
		doc, err := openapi3.NewLoader().LoadFromData(b)
		require.NoError(t, err)
		require.NoError(t, doc.Validate(t.Context()))
		assert.Equal(t, "3.1.0", doc.OpenAPI)

		there, inDocument := 0, 0
		for _, op := range roomsOf(w).Table.List {
			if op.Method == "" {
				continue
			}
			there++
			item := doc.Paths.Value(op.Path)
			require.NotNil(t, item, op.Path)
			require.NotNil(t, item.GetOperation(op.Method), op.Method+" "+op.Path)
		}
		for path, item := range doc.Paths.Map() {
			for method, o := range item.Operations() {
				inDocument++
				named := map[string]bool{}
				for _, p := range o.Parameters {
					if p.Value.In == "path" {
						named[p.Value.Name] = true
					}
				}
				for _, found := range pathParameter.FindAllStringSubmatch(path, -1) {
					assert.True(t, named[found[1]], "%s %s: {%s}", method, path, found[1])
				}
				assert.Len(t, named, strings.Count(path, "{"), "%s %s", method, path)
				assert.NotEmpty(t, o.Security, "%s %s", method, path)
			}
		}
		assert.Equal(t, there, inDocument)
	}
}

// The checks against the document find what it does not describe; else they would
// prove nothing in all other tests.
func TestAnswersAreHeldAgainstTheDocument(t *testing.T) {
	t.Parallel()
	require.NoError(t, servertest.Description.Open(servertest.New(t, server.Limits{}).Server.Handler()))
	at := []string{"paths", "/chats/{chatId}", "get", "responses", "200", "content", "application/json", "schema"}
	chat := `{"chat":{"id":"a","status":"waiting","closed":false,"creator":"v","room":"1","externalId":null,"seq":1}}`
	require.NoError(t, servertest.Description.Validate([]byte(chat), at...))
	for _, wrong := range []string{
		`{}`, `{"chat":{}}`, strings.Replace(chat, `"room"`, `"new":1,"room"`, 1), strings.Replace(chat, "waiting", "gone", 1),
		strings.Replace(chat, `"seq":1`, `"seq":"1"`, 1), strings.Replace(chat, `{"chat"`, `{"more":1,"chat"`, 1),
	} {
		assert.Error(t, servertest.Description.Validate([]byte(wrong), at...), wrong)
	}
	for answer, kind := range map[string]string{`{"success":"yes"}`: "application/json", "text": "text/html"} {
		found := &failures{TB: t}
		h := servertest.Described(found, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, answer)
		}))
		r, err := http.NewRequestWithContext(t.Context(), "DELETE", "/v1/chats/x", http.NoBody)
		require.NoError(t, err)
		h.ServeHTTP(discard{http.Header{}}, r)
		assert.Equal(t, 1, found.n, answer)
	}
}

type failures struct {
	testing.TB
	n int
}

func (f *failures) Errorf(string, ...any) { f.n++ }

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
