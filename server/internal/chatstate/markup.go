package chatstate

import (
	"html"
	"regexp"
	"strings"

	"parley/server/internal/ids"
)

// tag finds a tag that messages may have, with attributes that all have values. What
// else looks like a tag is text. web/src/ui/markup.ts has the same rule for views.
var tag = regexp.MustCompile(`(?i)<(/?)(a|b|strong|i|em|u|s|br|p|ul|ol|li|code|pre|blockquote|img)` +
	`((?:\s+[a-z-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>` + "`" + `]+))*)\s*/?>`)

var attribute = regexp.MustCompile(`(?i)([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>` + "`" + `]+))`)

// plainText gives the HTML of a message as text to read: no character of what is not
// a tag is lost, blocks are lines, links and pictures have their addresses behind them.
func plainText(text string) string {
	w, end := textWriter{open: map[string]int{}}, 0
	for _, at := range tag.FindAllStringSubmatchIndex(text, -1) {
		part := func(n int) string { return text[at[2*n]:at[2*n+1]] }
		name, closing := strings.ToLower(part(2)), part(1) != ""
		if closing && w.open[name] == 0 {
			continue // it closes nothing, and is text
		}
		w.WriteString(html.UnescapeString(text[end:at[0]]))
		end = at[1]
		if closing {
			w.close(name)
		} else {
			w.begin(name, attributesOf(part(3)))
		}
	}
	w.WriteString(html.UnescapeString(text[end:]))
	for range w.links {
		w.endLink()
	}
	return strings.TrimSpace(w.String())
}

// picture finds a picture that has an address.
var picture = regexp.MustCompile(`(?i)<img\s[^>]*\bsrc\s*=`)

// ShowsHTML tells whether the HTML of a message shows anything: a picture, or a text.
func ShowsHTML(text string) bool { return picture.MatchString(text) || ids.Visible(plainText(text)) }

// attributesOf gives the attributes of a tag by their names in lower case.
func attributesOf(text string) map[string]string {
	found := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(text, -1) {
		found[strings.ToLower(m[1])] = html.UnescapeString(m[2] + m[3] + m[4])
	}
	return found
}

// textWriter writes HTML as text.
type textWriter struct {
	strings.Builder

	open  map[string]int // how many tags of a name are open
	links []link         // that are open
}

// link is a link whose text begins at an offset of what is written.
type link struct {
	address string
	start   int
}

func (w *textWriter) begin(name string, attributes map[string]string) {
	switch name {
	case "br":
		w.WriteByte('\n')
		return
	case "img":
		w.WriteString(attributes["alt"])
		w.address(attributes["src"], attributes["alt"])
		return
	case "a":
		w.links = append(w.links, link{attributes["href"], w.Len()})
	case "li":
		w.line()
		w.WriteString("- ")
	case "p", "ul", "ol", "pre", "blockquote":
		w.line()
	}
	w.open[name]++
}

func (w *textWriter) close(name string) {
	w.open[name]--
	switch name {
	case "a":
		w.endLink()
	case "p", "ul", "ol", "li", "pre", "blockquote":
		w.line()
	}
}

// endLink writes the address of the last open link, unless its text says it.
func (w *textWriter) endLink() {
	last := w.links[len(w.links)-1]
	w.links = w.links[:len(w.links)-1]
	w.address(last.address, w.String()[last.start:])
}

// address writes an address behind what stands for it. Addresses that are the picture
// itself are of no use to readers.
func (w *textWriter) address(address, shown string) {
	_, bare, _ := strings.Cut(address, ":") // of mailto: and tel:
	switch shown = strings.TrimSpace(shown); {
	case address == "" || address == shown || bare == shown || strings.HasPrefix(strings.ToLower(address), "data:"):
	case shown == "":
		w.WriteString(address)
	default:
		w.WriteString(" (" + address + ")")
	}
}

// line begins a new line, unless one has begun.
func (w *textWriter) line() {
	if w.Len() > 0 && !strings.HasSuffix(w.String(), "\n") {
		w.WriteByte('\n')
	}
}
