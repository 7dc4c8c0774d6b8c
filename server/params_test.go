package server

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/wire"
)

func TestParams(t *testing.T) {
	p, err := parseParams(wire.Raw(`{"text":"a","null":null,"number":2.5,"count":7,"yes":true,"list":["a",1],"joined":"a, b,","object":{"x":1},"one":5}`))
	require.NoError(t, err)
	p.setText("inURL", "12")
	p.setText("flagInURL", "true")
	assert.Equal(t, "a", p.need("text"))
	assert.Equal(t, "", p.text("absent"))
	assert.False(t, p.has("null"))
	assert.Equal(t, "7", p.word("count"))
	assert.Equal(t, 2.5, p.number("number", 0, 3, 1))
	assert.Equal(t, 1.0, p.number("absent", 0, 3, 1))
	assert.Equal(t, 12, p.count("inURL", 0, 20, 1))
	assert.True(t, p.flag("yes"))
	assert.True(t, p.flag("flagInURL"))
	assert.False(t, p.flag("absent"))
	for name, want := range map[string][]string{"list": {"a", "1"}, "joined": {"a", "b"}, "one": {"5"}, "absent": nil} {
		list, given := p.words(name)
		assert.Equal(t, want, list, name)
		assert.Equal(t, want != nil, given, name)
	}
	assert.Equal(t, "1", p.inside("object").word("x"))
	assert.Equal(t, "", p.inside("absent").word("x"))
	assert.Equal(t, "a", p.oneOf("text", "a", "b"))
	require.NoError(t, p.err)
}

func TestParamsRefusals(t *testing.T) {
	for name, read := range map[string]func(*params){
		"text":     func(p *params) { p.text("number") },
		"need":     func(p *params) { p.need("absent") },
		"empty":    func(p *params) { p.need("empty") },
		"word":     func(p *params) { p.word("list") },
		"fraction": func(p *params) { p.word("fraction") },
		"long":     func(p *params) { p.word("long") },
		"flag":     func(p *params) { p.flag("number") },
		"flagText": func(p *params) { p.flag("inURL") },
		"number":   func(p *params) { p.number("empty", 0, 1, 0) },
		"range":    func(p *params) { p.number("number", 0, 1, 0) },
		"count":    func(p *params) { p.count("fraction", 0, 9, 0) },
		"numText":  func(p *params) { p.count("inURL", 0, 9, 0) },
		"oneOf":    func(p *params) { p.oneOf("inURL", "a") },
		"object":   func(p *params) { p.object("list") },
		"inside":   func(p *params) { p.inside("empty") },
		"words":    func(p *params) { p.words("list") },
	} {
		t.Run(name, func(t *testing.T) {
			p, err := parseParams(wire.Raw(`{"number":5,"empty":"","fraction":1.5,"list":[{}],"long":"` + string(make129()) + `"}`))
			require.NoError(t, err)
			p.setText("inURL", "x")
			read(p)
			requireCode(t, 400, p.err)
			assert.Regexp(t, "^(number|absent|empty|fraction|list|long|inURL): ", p.err.Error(), "it names what is wrong")
		})
	}
	_, err := parseParams(wire.Raw(`[]`))
	requireCode(t, 400, err)
}

func make129() []byte {
	b := make([]byte, 129)
	for i := range b {
		b[i] = 'x'
	}
	return b
}
