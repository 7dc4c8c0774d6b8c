package gateway

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"
)

// Frames that are written before a flush are lines of one message, whatever its length
// and whatever was written before lines were asked for.
func TestLinesAreJoined(t *testing.T) {
	s, client := accepted(t)
	require.NoError(t, s.write([]byte("plain"), time.Minute))
	s.lines.Store(true)
	for _, frames := range [][]string{{"a"}, {"b", "c"}, {strings.Repeat("d", 100), strings.Repeat("e", 24)}, {strings.Repeat("f", 1000), "g"}} {
		for _, frame := range frames {
			require.NoError(t, s.write([]byte(frame), time.Minute))
		}
		require.NoError(t, s.flush(time.Minute))
		if frames[0] == "a" {
			_, first, err := client.Read(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "plain", string(first))
		}
		kind, message, err := client.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, websocket.MessageText, kind)
		assert.Equal(t, strings.Join(frames, "\n")+"\n", string(message))
	}
	long := strings.Repeat("x", 70_000)
	require.NoError(t, s.write([]byte(long), time.Minute), "what is long goes out at once")
	_, message, err := client.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, long+"\n", string(message))
}

// A message of several frames is read frame by frame. A frame that is too long is refused
// alone, also when the message is.
func TestLinesAreRead(t *testing.T) {
	s, client := accepted(t)
	s.limit = 10
	s.lines.Store(true)
	type frame struct {
		text    string
		tooLong bool
	}
	much := strings.Repeat("m", maxJoined+100)
	for _, tc := range []struct {
		message string
		frames  []frame
	}{
		{"a", []frame{{"a", false}}},
		{"a\n", []frame{{"a", false}}},
		{"a\nb\n", []frame{{"a", false}, {"b", false}}},
		{"\n", []frame{{"", false}}},
		{"", []frame{{"", false}}},
		{"a\n\nb", []frame{{"a", false}, {"", false}, {"b", false}}},
		{"a\n12345678901\nb", []frame{{"a", false}, {"12345678901", true}, {"b", false}}},
		{"a\nb\n" + much, []frame{{"a", false}, {"b", false}, {much[:s.limit+maxJoined+1-len("a\nb\n")], true}}},
	} {
		require.NoError(t, client.Write(t.Context(), websocket.MessageText, []byte(tc.message)))
		for i, want := range tc.frames {
			text, isText, err := s.read(t.Context(), func() {})
			assert.True(t, isText)
			assert.Equal(t, want.text, string(text))
			if want.tooLong {
				assert.ErrorIs(t, err, errFrameTooLong)
			} else {
				assert.NoError(t, err)
			}
			assert.Equal(t, i+1 < len(tc.frames), s.more())
		}
	}
	require.NoError(t, client.Write(t.Context(), websocket.MessageBinary, []byte("a\nb")))
	text, isText, err := s.read(t.Context(), func() {})
	require.NoError(t, err)
	assert.False(t, isText)
	assert.Equal(t, "a\nb", string(text))
}
