package wire

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRepeated(t *testing.T) {
	many := make([]string, 100)
	for i := range many {
		many[i] = `"n` + strconv.Itoa(i) + `":{}`
	}
	for text, want := range map[string]string{
		``: "", `1`: "", `{}`: "", `{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}`: "", `{"a":1,"A":2}`: "",
		`{"a":1,"b":2,"a":3}`: "a", `{"a":1,"\u0061":2}`: "a", ` {"x":{"a":1,"a":1}}`: "a", `[1,[{"b":1,"b":2}]]`: "b",
		`{"a":1 "a":2}`: "", `{"a":1,"a"`: "", `{"a":`: "", `[`: "", `[}]`: "", `{"a":1,"b":,"a":1}`: "",
		"{" + strings.Join(many, ",") + "}":                 "",
		"{" + strings.Join(many, ",") + `,"n99":1}`:         "n99",
		"{" + strings.Join(many, ",") + `,"n\u0031":1}`:     "n1",
		strings.Repeat("[", 600) + strings.Repeat("]", 600): "",
	} {
		got, found := Repeated(Raw(text))
		assert.Equal(t, want, got, text)
		assert.Equal(t, want != "", found, text)
	}
	_, found := Repeated(Raw(`{"":1,"":2}`))
	assert.True(t, found, "the empty name too")
}

func BenchmarkRepeated(b *testing.B) {
	frame := Raw(`{"id":"01JABCDEFGHJKMNPQRSTVWXYZ0","event":"messages:new","data":{"chatId":"oukogvqzdvjobwxckwewittbjz","message":"` + strings.Repeat("x", 100) + `"}}`)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Repeated(frame)
	}
}
