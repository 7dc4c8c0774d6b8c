package rest

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"parley/server/internal/op"
)

// The OpenAPI 3.1 document at /v1/openapi.json is made of the table of operations and of
// openapi/*.yaml, which say what the table does not. To describe a new operation, add an
// entry to the file of its subject, or add a file; the file's name is the tag:
//
//	PUT /things/{thingId}:           method and path as in the table
//	  summary: Change a thing
//	  description: What a caller must know. May be left out.
//	  query:                         parameters of the URL: schemas by name
//	    dry: {type: boolean, description: only check whether it would succeed}
//	  body:                          schema of the JSON body; form: of a multipart body
//	    required: [name]
//	    properties: {name: {type: string}}
//	  answer:                        schema of the reply; if left out it is Done
//	    properties: {thing: {$ref: Thing}}
//	  files: [image/png]             the media types instead, if the reply is a file
//	  errors: {409: The name is taken}
//
// Parameters of the path, credentials and access come from the table. Schemas that
// several operations share stand in schemas.yaml, under the name that $ref gives. Every
// reply of the whole test suite is checked against its schema (servertest/openapi.go).
//
//go:embed openapi/*.yaml
var openAPIFiles embed.FS

// schema is a JSON Schema, or any other object of the document.
type schema = map[string]any

// description is what the YAML says about an operation.
type description struct {
	Summary     string            `yaml:"summary"`
	Description string            `yaml:"description"`
	Query       map[string]schema `yaml:"query"`
	Body        schema            `yaml:"body"`
	Form        schema            `yaml:"form"`
	Answer      schema            `yaml:"answer"`
	Files       []string          `yaml:"files"`
	Errors      map[int]string    `yaml:"errors"`

	tag string
}

// openAPI makes the document. The error names what is missing in the descriptions, or
// is too much.
func openAPI(operations *op.Table) ([]byte, error) {
	var head, schemas schema
	if err := readYAML("head.yaml", &head); err != nil {
		return nil, err
	}
	if err := readYAML("schemas.yaml", &schemas); err != nil {
		return nil, err
	}
	paths, tags, err := describe(operations)
	if err != nil {
		return nil, err
	}
	head["paths"], head["tags"] = paths, tags
	head["components"].(schema)["schemas"] = schemas
	document, err := json.Marshal(head)
	return shortRef.ReplaceAll(document, []byte(`"$$ref":"#/components/schemas/$1"`)), err
}

// describe makes the path items of all operations, and the tags that these have.
func describe(operations *op.Table) (paths map[string]schema, tags []schema, err error) {
	described, err := descriptions()
	if err != nil {
		return nil, nil, err
	}
	paths = map[string]schema{}
	used := map[string]bool{}
	for _, operation := range operations.List {
		if operation.Method == "" {
			continue
		}
		name := operation.Method + " " + operation.Path
		d, there := described[name]
		if !there {
			return nil, nil, fmt.Errorf("openapi: %s is not described; add it to openapi/*.yaml", name)
		}
		delete(described, name)
		used[d.tag] = true
		if paths[operation.Path] == nil {
			paths[operation.Path] = schema{}
		}
		if paths[operation.Path][strings.ToLower(operation.Method)], err = d.object(operation); err != nil {
			return nil, nil, fmt.Errorf("openapi: %s: %w", name, err)
		}
	}
	for name := range described {
		return nil, nil, fmt.Errorf("openapi: %s is described, but is no operation", name)
	}
	for _, tag := range slices.Sorted(maps.Keys(used)) {
		tags = append(tags, schema{"name": tag})
	}
	return paths, tags, nil
}

// descriptions reads the YAML files of all subjects.
func descriptions() (map[string]description, error) {
	names, err := fs.Glob(openAPIFiles, "openapi/*.yaml")
	if err != nil {
		return nil, err
	}
	all := map[string]description{}
	for _, name := range names {
		file := path.Base(name)
		if file == "head.yaml" || file == "schemas.yaml" {
			continue
		}
		var subject map[string]description
		if err := readYAML(file, &subject); err != nil {
			return nil, err
		}
		for name, d := range subject {
			if _, twice := all[name]; twice {
				return nil, fmt.Errorf("openapi/%s: %s is described in another file too", file, name)
			}
			d.tag = strings.TrimSuffix(file, ".yaml")
			all[name] = d
		}
	}
	return all, nil
}

func readYAML(file string, into any) error {
	f, err := openAPIFiles.Open("openapi/" + file)
	if err != nil {
		return err
	}
	defer f.Close()
	decoder := yaml.NewDecoder(f)
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("openapi/%s: %w", file, err)
	}
	return nil
}

var (
	pathParameter = regexp.MustCompile(`\{(\w+)\}`)
	shortRef      = regexp.MustCompile(`"\$ref":"(\w+)"`) // within a text the quotes would be escaped
)

// object makes the OpenAPI object of an operation.
func (d description) object(operation *op.Operation) (schema, error) {
	if int(operation.Access) >= len(accesses) || d.Summary == "" {
		return nil, fmt.Errorf("it has no summary, or its access is missing in accesses")
	}
	access := accesses[operation.Access]
	security, text := access.security, strings.TrimSpace(d.Description+"\n\nFor "+access.who+".")
	if operation.IsDownload() {
		security = append(slices.Clone(security), schema{}) // a signed address
	}
	o := schema{
		"operationId": operationID(operation), "tags": []string{d.tag}, "summary": d.Summary, "description": text, "security": security,
	}
	if operation.Event != "" {
		o["x-socket-event"] = operation.Event
	}
	if parameters := d.parameters(operation); parameters != nil {
		o["parameters"] = parameters
	}
	switch {
	case d.Body != nil:
		o["requestBody"] = schema{"content": content("application/json", d.Body), "required": d.Body["required"] != nil}
	case d.Form != nil:
		o["requestBody"] = schema{"content": content("multipart/form-data", d.Form), "required": true}
	}
	o["responses"] = d.responses()
	return o, nil
}

// parameters makes the parameter objects of the path and the query.
func (d description) parameters(operation *op.Operation) (all []schema) {
	for _, found := range pathParameter.FindAllStringSubmatch(operation.Path, -1) {
		all = append(all, schema{"name": found[1], "in": "path", "required": true, "schema": schema{"type": "string"}})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Query)) {
		// In the YAML required stands in the schema, in OpenAPI beside it.
		value := maps.Clone(d.Query[name])
		required, _ := value["required"].(bool)
		delete(value, "required")
		all = append(all, schema{"name": name, "in": "query", "required": required, "schema": value})
	}
	return all
}

// responses makes the response objects, by status.
func (d description) responses() schema {
	failure := content("application/json", schema{"$ref": "Failure"})
	all := schema{"default": schema{"description": "It was refused; the message says why and what to do.", "content": failure}}
	for code, when := range d.Errors {
		all[strconv.Itoa(code)] = schema{"description": when, "content": failure}
	}
	done := schema{}
	if d.Answer != nil || d.Files == nil {
		answer := d.Answer
		if answer == nil {
			answer = schema{"$ref": "Done"}
		}
		done = content("application/json", answer)
	}
	for _, kind := range d.Files {
		done[kind] = schema{}
	}
	if d.Files != nil { // as http.ServeContent answers
		all["206"] = schema{"description": "The part that Range asks for.", "content": done}
		all["304"] = schema{"description": "The client has it, by If-None-Match."}
		all["416"] = schema{"description": "Range asks for what the file does not have.", "content": schema{"text/plain": schema{}}}
	}
	all["200"] = schema{"description": "It was done.", "content": done}
	return all
}

func content(kind string, s schema) schema { return schema{kind: schema{"schema": s}} }

// operationID names an operation for programs, such as getChatsChatIdMessages.
func operationID(operation *op.Operation) string {
	id := strings.ToLower(operation.Method)
	for _, word := range strings.FieldsFunc(operation.Path, func(r rune) bool { return strings.ContainsRune("/{}.", r) }) {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	return id
}
