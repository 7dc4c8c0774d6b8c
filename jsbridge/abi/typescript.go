package abi

import (
	"fmt"
	"strings"
)

// TypeScript gives the table as TypeScript: types only, so that it costs the
// page nothing.
func TypeScript() string {
	b := &strings.Builder{}
	b.WriteString("// Code generated from the table in jsbridge/abi; DO NOT EDIT. To change it, change the table and run `go generate ./jsbridge/abi`.\n" +
		"//\n// All that crosses between the page and the core.\n")
	for _, e := range Enums {
		fmt.Fprintf(b, "\n/** %s */\nexport interface %ss {\n", e.Doc, e.Name)
		for _, n := range e.Values {
			fmt.Fprintf(b, "  readonly %s: %d;\n", n.Word, n.Number)
		}
		fmt.Fprintf(b, "}\nexport type %s = %ss[keyof %ss];\n", e.Name, e.Name, e.Name)
	}

	b.WriteString("\n/** What the page calls; all but the first two give the length of a batch. */\nexport interface Exports {\n  mem: WebAssembly.Memory;\n")
	functions(b, Exports, "number")
	b.WriteString("}\n\n/** What Go calls. */\nexport interface Host {\n")
	functions(b, Hosts, "void")

	b.WriteString("}\n\n/** The commands with their arguments. */\nexport interface Commands {\n")
	for _, c := range Commands {
		name := c.Name
		if strings.Contains(name, ".") {
			name = "'" + name + "'"
		}
		fmt.Fprintf(b, "  /** %s */\n  %s: %s;\n", c.Doc, name, c.object())
	}
	b.WriteString("}\nexport type CommandName = keyof Commands;\n")
	for _, o := range Objects {
		fmt.Fprintf(b, "\n/** %s */\nexport type %s = %s;\n", o.Doc, o.Name, o.object())
	}

	b.WriteString("\n/** The effects: what follows the name of each. */\nexport interface Effects {\n")
	for _, e := range Effects {
		fmt.Fprintf(b, "  /** %s. */\n  %s: [%s];\n", strings.ToUpper(e.Doc[:1])+e.Doc[1:], e.Name, values(e.Values, ", "))
	}
	b.WriteString("}\nexport type EffectName = keyof Effects;\n\n" +
		"/** An effect of one of the names: the name, then its values. */\n" +
		"export type Effect<Name extends EffectName = EffectName> = {\n" +
		"  [N in Name]: readonly [name: N, ...Effects[N], ...undefined[]];\n}[Name];\n")
	return b.String()
}

func functions(b *strings.Builder, list []Function, result string) {
	for _, f := range list {
		fmt.Fprintf(b, "  /** %s */\n  %s(%s): %s;\n", f.Doc, f.Name, values(f.Params, ", "), result)
	}
}

func values(list []Value, between string) string {
	texts := make([]string, len(list))
	for i, v := range list {
		mark := ""
		if v.Optional {
			mark = "?"
		}
		texts[i] = v.Name + mark + ": " + v.Type
	}
	return strings.Join(texts, between)
}

func (c Command) object() string {
	if len(c.Args) == 0 {
		return "object"
	}
	text := "{ " + values(c.Args, "; ") + " }"
	if c.Rest != "" {
		text += " & " + c.Rest
	}
	return text
}

// Doc gives the effects as lines of a Go comment.
func Doc() string {
	b := &strings.Builder{}
	for _, e := range Effects {
		text := `["` + e.Name + `"`
		for _, v := range e.Values {
			text += ", " + v.Name
		}
		fmt.Fprintf(b, "//\t%-46s %s\n", text+"]", e.Doc)
	}
	return b.String()
}
