package gateway

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"

	"parley/server/internal/op"
)

// defective breaks whatever answers a request.
type defective struct{ Service }

func (defective) Answered(op.Answered) { panic("a defect of a test") }

// A defect outside of an operation ends its connection, and frees the connection's place; the server goes on.
func TestADefectEndsOneConnection(t *testing.T) {
	h := testHub(t)
	var log bytes.Buffer
	h.options.Logger = slog.New(slog.NewTextHandler(&log, nil))
	h.options.Sockets, h.options.Unopened = 1, 1
	h.places = newPlaces(h.options)
	h.table, h.service = &op.Table{}, defective{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { assert.NoError(t, h.Serve(w, r)) }))
	defer web.Close()
	for range 2 {
		client, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), nil)
		require.NoError(t, err)
		require.NoError(t, client.Write(t.Context(), websocket.MessageText, []byte(`{"id":"a","event":"no:event"}`)))
		_, _, err = client.Read(t.Context())
		require.Error(t, err, "the connection has ended")
		_ = client.CloseNow()
		require.Eventually(t, func() bool { return h.places.sockets.Total() == 0 }, time.Minute, time.Millisecond)
	}
	assert.Equal(t, 2, strings.Count(log.String(), "a defect of a test"))
}
