package servertest

import (
	"bytes"
	"cmp"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/op"
)

// Described passes requests on to next and fails the test if an answer below /v1 is not
// as the OpenAPI document says, so that every test also tests the document. A request
// that was answered with 200 must be as described too.
func Described(t testing.TB, next http.Handler) http.Handler {
	require.NoError(t, Description.Open(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/") || r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r)
			return
		}
		var asked bytes.Buffer
		if mediaType(r.Header) != "multipart/form-data" {
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.TeeReader(r.Body, &asked), r.Body}
		}
		answered := &tee{ResponseWriter: w, status: 200}
		next.ServeHTTP(answered, r)
		answered.check(t, r, asked.Bytes())
	})
}

// tee keeps a copy of what is answered, unless it is a file.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (a *tee) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *tee) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *tee) Write(b []byte) (int, error) {
	if a.kind() == "application/json" {
		a.body.Write(b)
	}
	return a.ResponseWriter.Write(b)
}

func (a *tee) kind() string { return mediaType(a.Header()) }

func mediaType(h http.Header) string {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return kind
}

func (a *tee) check(t testing.TB, r *http.Request, asked []byte) {
	operation, _, err := Description.table.Route(r.Method, r.URL)
	if err != nil || r.Method == http.MethodHead {
		return
	}
	name, at := operation.Method+" "+operation.Path, []string{"paths", operation.Path, strings.ToLower(operation.Method)}
	responses := append(at, "responses")
	status := strconv.Itoa(a.status)
	if !Description.has(append(responses, status)...) {
		status = "default"
	}
	media := append(responses, status, "content")
	if a.status == http.StatusNotModified {
		assert.True(t, Description.has(append(responses, status)...), "%s: %s is not described", name, status)
		return
	}
	if a.kind() != "application/json" {
		assert.True(t, Description.has(append(media, a.kind())...) || Description.has(append(media, "*/*")...), "%s: %s is not described", name, a.kind())
		return
	}
	assert.NoError(t, Description.Validate(a.body.Bytes(), append(media, "application/json", "schema")...), "%s answers %d %s", name, a.status, a.body.Bytes())
	request := append(at, "requestBody", "content", "application/json", "schema")
	if a.status == 200 && len(asked) > 0 && Description.has(request...) {
		assert.NoError(t, Description.Validate(asked, request...), "%s is asked with %s", name, asked)
	}
}

// Description is the server's OpenAPI document, made strict: answers may have no members
// that it does not name. Described opens it.
var Description = &Document{}

// Document is an OpenAPI document to check requests and answers with. Open it first.
type Document struct {
	once     sync.Once
	content  any
	compiler *jsonschema.Compiler
	table    *op.Table // what it describes
	err      error     // why it cannot be used

	mu sync.Mutex // a compiler is not for several at a time
}

// Open reads the document from a server's /v1/openapi.json. Only the first call does;
// every call gives that call's error.
func (d *Document) Open(of http.Handler) error {
	d.once.Do(func() {
		answer := httptest.NewRecorder()
		of.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/v1/openapi.json", nil))
		if d.content, d.err = jsonschema.UnmarshalJSON(answer.Body); d.err != nil {
			return
		}
		d.table = operationsIn(d.content)
		for _, name := range []string{"paths", "components"} {
			closeObjects(d.content.(Object)[name])
		}
		d.compiler = jsonschema.NewCompiler()
		d.err = d.compiler.AddResource("openapi.json", d.content)
	})
	return d.err
}

// operationsIn lists the operations of a document, those without parameters in
// their path first.
func operationsIn(content any) *op.Table {
	var list []*op.Operation
	paths, _ := Dig(content, "paths").(Object)
	for path, methods := range paths {
		for method := range methods.(Object) {
			list = append(list, &op.Operation{Method: strings.ToUpper(method), Path: path})
		}
	}
	slices.SortFunc(list, func(a, b *op.Operation) int {
		return cmp.Or(cmp.Compare(strings.Count(a.Path, "{"), strings.Count(b.Path, "{")), cmp.Compare(a.Path, b.Path))
	})
	return op.NewTable(list...)
}

// closeObjects forbids members that are not named, also in what may be more in
// later versions. Requests may bring more.
func closeObjects(v any) {
	switch v := v.(type) {
	case Object:
		_, isSchema := v["properties"].(Object)
		if _, said := v["additionalProperties"]; isSchema && !said {
			v["additionalProperties"] = false
		}
		for name, member := range v {
			if name != "requestBody" {
				closeObjects(member)
			}
		}
	case []any:
		for _, item := range v {
			closeObjects(item)
		}
	}
}

func (d *Document) has(path ...string) bool {
	return Dig(d.content, path...) != nil
}

// Validate checks JSON with the schema at this path in the document. The error says what
// does not fit, or that there is no such schema.
func (d *Document) Validate(data []byte, path ...string) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	pointer := ""
	for _, name := range path {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(name)
	}
	d.mu.Lock()
	compiled, err := d.compiler.Compile("openapi.json#" + pointer)
	d.mu.Unlock()
	if err != nil {
		return err
	}
	return compiled.Validate(v)
}
