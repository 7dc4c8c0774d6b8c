package web

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"path"
	"strings"
)

// integrity tells integrators the hashes of what the full version's folder
// holds: as a page with a script tag to copy, and as JSON for programs.
type integrity struct {
	Version string             `json:"version"`
	Files   []integrityOfAFile `json:"files"`

	base func(*http.Request) string // the server's address as a client has it
}

type integrityOfAFile struct {
	Path      string `json:"path"`
	Integrity string `json:"integrity"` // as script tags and fetch take it
}

// integrityPage is the page without a style of its own: there are no inline styles.
var integrityPage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Parley {{.Version}}: script tag and hashes</title>
</head>
<body>
<h1>Parley {{.Version}}</h1>
<p>With this tag a browser runs the script only if it is exactly this version. The script in turn checks what it loads.</p>
<pre><code>{{.Tag}}</code></pre>
<p>Where most visits come to a chat, put this before it: the browser then loads all at once, and not the rest when the script begins the chat.</p>
<pre><code>{{.Preload}}</code></pre>
<p>Without a hash, <code>/sdk/1/</code> and the like give the newest version of that line: use a shorter version, and leave out <code>integrity</code>.</p>
<table>
<thead><tr><th scope="col">File</th><th scope="col">SHA-384</th></tr></thead>
<tbody>
{{range .Files}}<tr><td>{{.Path}}</td><td><code>{{.Integrity}}</code></td></tr>
{{end}}</tbody>
</table>
<p>For programs: <a href="integrity.json">integrity.json</a></p>
</body>
</html>
`))

func (i *integrity) add(urlPath string, content []byte) {
	sum := sha512.Sum384(content)
	i.Files = append(i.Files, integrityOfAFile{urlPath, "sha384-" + base64.StdEncoding.EncodeToString(sum[:])})
}

// tag is the script tag for pages of elsewhere, of a server at base.
func (i *integrity) tag(base string) string {
	for _, f := range i.Files {
		if f.Path == "/sdk/"+i.Version+"/"+script {
			return `<script src="` + base + f.Path + `" integrity="` + f.Integrity + `" crossorigin="anonymous"></script>`
		}
	}
	return ""
}

// preload are the tags that have a browser load what the script will, while it loads the script.
func (i *integrity) preload(base string) string {
	var links []string
	for _, f := range i.Files {
		switch name := path.Base(f.Path); {
		case !asDictionary.MatchString(name):
		case path.Ext(name) == ".wasm": // Chromium takes no hash for `fetch`; the script checks it
			links = append(links, `<link rel="preload" as="fetch" href="`+base+f.Path+`" crossorigin="anonymous">`)
		default:
			links = append(links, `<link rel="preload" as="script" href="`+base+f.Path+`" integrity="`+f.Integrity+`" crossorigin="anonymous">`)
		}
	}
	return strings.Join(links, "\n")
}

func (i *integrity) servePage(w http.ResponseWriter, r *http.Request) {
	var page bytes.Buffer
	err := integrityPage.Execute(&page, struct {
		*integrity
		Tag, Preload string
	}{i, i.tag(i.base(r)), i.preload(i.base(r))})
	if err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	for name, value := range pageHeaders {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", contentTypes[".html"])
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(page.Bytes()) // an error is the client's having gone
}

func (i *integrity) serveJSON(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	_ = out.Encode(struct { // an error is the client's having gone
		*integrity
		Tag     string `json:"tag"`
		Preload string `json:"preload"`
	}{i, i.tag(i.base(r)), i.preload(i.base(r))})
}
