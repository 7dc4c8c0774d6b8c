package op

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
	"parley/server/internal/storetest"
)

func TestParams(t *testing.T) {
	p, err := ParseParams(wire.Raw(`{"text":"a","null":null,"number":2.5,"count":7,"yes":true,
		"list":["a",1],"joined":"a, b,","object":{"x":1},"one":5}`))
	require.NoError(t, err)
	p.SetText("inURL", "12")
	p.SetText("flagInURL", "true")
	assert.Equal(t, "a", p.RequiredText("text"))
	assert.Equal(t, "", p.Text("absent"))
	assert.False(t, p.Has("null"))
	assert.Equal(t, "7", p.Word("count"))
	assert.Equal(t, 2.5, p.Number("number", 0, 3, 1))
	assert.Equal(t, 1.0, p.Number("absent", 0, 3, 1))
	assert.Equal(t, 12, p.Count("inURL", 0, 20, 1))
	assert.True(t, p.Flag("yes"))
	assert.True(t, p.Flag("flagInURL"))
	assert.False(t, p.Flag("absent"))
	for name, want := range map[string][]string{"list": {"a", "1"}, "joined": {"a", "b"}, "one": {"5"}, "absent": nil} {
		list, given := p.Words(name)
		assert.Equal(t, want, list, name)
		assert.Equal(t, want != nil, given, name)
	}
	assert.Equal(t, "1", p.Nested("object").Word("x"))
	assert.Equal(t, "", p.Nested("absent").Word("x"))
	assert.Equal(t, "a", p.OneOf("text", "a", "b"))
	require.NoError(t, p.Err)
}

func TestParamsRefusals(t *testing.T) {
	for name, read := range map[string]func(*Params){
		"text":     func(p *Params) { p.Text("number") },
		"need":     func(p *Params) { p.RequiredText("absent") },
		"empty":    func(p *Params) { p.RequiredText("empty") },
		"word":     func(p *Params) { p.Word("list") },
		"fraction": func(p *Params) { p.Word("fraction") },
		"long":     func(p *Params) { p.Word("long") },
		"flag":     func(p *Params) { p.Flag("number") },
		"flagText": func(p *Params) { p.Flag("inURL") },
		"number":   func(p *Params) { p.Number("empty", 0, 1, 0) },
		"range":    func(p *Params) { p.Number("number", 0, 1, 0) },
		"count":    func(p *Params) { p.Count("fraction", 0, 9, 0) },
		"numText":  func(p *Params) { p.Count("inURL", 0, 9, 0) },
		"oneOf":    func(p *Params) { p.OneOf("inURL", "a") },
		"object":   func(p *Params) { p.Object("list") },
		"inside":   func(p *Params) { p.Nested("empty") },
		"words":    func(p *Params) { p.Words("list") },
	} {
		t.Run(name, func(t *testing.T) {
			p, err := ParseParams(wire.Raw(`{"number":5,"empty":"","fraction":1.5,"list":[{}],"long":"` + string(make129()) + `"}`))
			require.NoError(t, err)
			p.SetText("inURL", "x")
			read(p)
			storetest.RequireCode(t, 400, p.Err)
			assert.Regexp(t, "^(number|absent|empty|fraction|list|long|inURL): ", p.Err.Error(), "it names what is wrong")
		})
	}
	p, err := ParseParams(nil)
	require.NoError(t, err)
	p.SetText("inURL", "abc")
	p.Count("inURL", 0, 9, 0)
	require.ErrorContains(t, p.Err, `inURL: must be a number, not "abc"`)
	_, err = ParseParams(wire.Raw(`[]`))
	storetest.RequireCode(t, 400, err)
}

func make129() []byte {
	b := make([]byte, 129)
	for i := range b {
		b[i] = 'x'
	}
	return b
}
