package advice

import (
	"fmt"
	"strings"
)

const head = "<!-- Code generated from core/wire/advice/table.go; DO NOT EDIT. To change it, change the table and run `make docs`. -->\n" + `
# Errors

Every error of the interface is a ` + "`ParleyError`" + `, and every refusal on the wire and of REST is ` + "`{\"error\": {code, message, reason}}`" + `.

- ` + "`code`" + ` is the kind of the error, a number of HTTP. It is documented with each call.
- ` + "`reason`" + ` says exactly what is wrong, in a word that never changes. Compare it in programs. It is the anchor on this page:
  ` + "`docs/errors.md#chat-closed`" + `.
- ` + "`message`" + ` is for people who read a log. Its words may change, except those that are documented.
- ` + "`detail`" + ` is there where the documented words leave something out.
- ` + "`field`" + ` is the path of the value that the server refuses, such as ` + "`window.fields.0.name`" + `, where it is about one.

` + "```js" + `
chat.sendMessage(text).catch((error) => {
  if (error.reason === 'chat-closed') offerAnotherChat();
});
` + "```" + `

"From" says who finds the error: the page's script, the core in it (or in a native client), or the server.
`

// Page gives docs/errors.md. from has the rooms that make the errors of each reason.
func Page(from map[string][]string) string {
	var b strings.Builder
	b.WriteString(head)
	for _, a := range Table {
		code := fmt.Sprintf("`%d`", a.Reason.Code())
		if a.Reason.Code() == 0 {
			code = "the HTTP status"
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n**What to do:** %s\n\nCode %s. From: %s.\n",
			a.Reason.Name(), a.Means, a.Do, code, strings.Join(from[string(a.Reason)], ", "))
	}
	return b.String()
}
