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

// The OpenAPI 3.1 description at /v1/openapi.json is made of the table of
// operations and of openapi/*.yaml, which say what the table does not. To
// describe a new operation, add an entry to the file of its topic, or begin a
// file; its name is the tag:
//
//	PUT /things/{thingId}:           method and path as in the table
//	  summary: Change a thing
//	  description: What one must know to use it. May be left out.
//	  query:                         parameters in the URL, as schemas by name
//	    dry: {type: boolean, description: only look whether it could be done}
//	  body:                          schema of the JSON body; form: of a multipart one
//	    required: [name]
//	    properties: {name: {type: string}}
//	  answer:                        schema of the answer; left out it is Done
//	    properties: {thing: {$ref: Thing}}
//	  files: [image/png]             or the media types, if the answer is a file
//	  errors: {409: The name is taken}
//
// Parameters in the path, credentials and who may come from the table; schemas
// that several share stand in schemas.yaml, by the name that $ref gives. Each
// answer of the whole test suite is held against its schema (openapi_test.go).
//
//go:embed openapi/*.yaml
var openAPIFiles embed.FS

// schema is a JSON Schema, or a part of one.
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

// OpenAPI makes the document. An error is a defect of ours.
func OpenAPI(operations *op.Table) ([]byte, error) {
	described, err := descriptions()
	if err != nil {
		return nil, err
	}
	var head, schemas schema
	if err := readYAML("head.yaml", &head); err != nil {
		return nil, err
	}
	if err := readYAML("schemas.yaml", &schemas); err != nil {
		return nil, err
	}
	paths, tags := map[string]schema{}, map[string]bool{}
	for _, op := range operations.List {
		if op.Method == "" {
			continue
		}
		name := op.Method + " " + op.Path
		d, there := described[name]
		if !there {
			return nil, fmt.Errorf("%s is described nowhere; add it to openapi/*.yaml", name)
		}
		delete(described, name)
		tags[d.tag] = true
		if paths[op.Path] == nil {
			paths[op.Path] = schema{}
		}
		if paths[op.Path][strings.ToLower(op.Method)], err = d.operation(op); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for name := range described {
		return nil, fmt.Errorf("openapi: %s is described, but is no operation", name)
	}
	head["paths"], head["tags"] = paths, []schema{}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		head["tags"] = append(head["tags"].([]schema), schema{"name": tag})
	}
	head["components"].(schema)["schemas"] = schemas
	document, err := json.Marshal(head)
	return shortRef.ReplaceAll(document, []byte(`"$$ref":"#/components/schemas/$1"`)), err
}

// descriptions reads the YAML files of the topics.
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
		var topic map[string]description
		if err := readYAML(file, &topic); err != nil {
			return nil, err
		}
		for name, d := range topic {
			if _, twice := all[name]; twice {
				return nil, fmt.Errorf("openapi/%s: %s is described elsewhere too", file, name)
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
	InBraces = regexp.MustCompile(`\{(\w+)\}`)
	shortRef = regexp.MustCompile(`"\$ref":"(\w+)"`) // in a text the quotes would be escaped
)

// operation is the OpenAPI operation object.
func (d description) operation(op *op.Operation) (schema, error) {
	if int(op.Access) >= len(accesses) || d.Summary == "" {
		return nil, fmt.Errorf("it has no summary, or its access no line in accesses")
	}
	who := accesses[op.Access]
	security, text := who.security, strings.TrimSpace(d.Description+"\n\nFor "+who.says+".")
	if op.IsDownload() {
		security = append(slices.Clone(security), inURL...)
	}
	o := schema{
		"operationId": operationID(op), "tags": []string{d.tag}, "summary": d.Summary, "description": text, "security": security,
	}
	if op.Event != "" {
		o["x-socket-event"] = op.Event
	}
	var parameters []schema
	for _, found := range InBraces.FindAllStringSubmatch(op.Path, -1) {
		parameters = append(parameters, schema{"name": found[1], "in": "path", "required": true, "schema": schema{"type": "string"}})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Query)) {
		// required stands beside the schema in OpenAPI, and here in it.
		rest := maps.Clone(d.Query[name])
		required, _ := rest["required"].(bool)
		delete(rest, "required")
		parameters = append(parameters, schema{"name": name, "in": "query", "required": required, "schema": rest})
	}
	if parameters != nil {
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
	all["200"] = schema{"description": "It was done.", "content": done}
	return all
}

func content(kind string, s schema) schema { return schema{kind: schema{"schema": s}} }

// operationID names the operation for programs: getChatsChatIdMessages.
func operationID(op *op.Operation) string {
	id := strings.ToLower(op.Method)
	for _, word := range strings.FieldsFunc(op.Path, func(r rune) bool { return strings.ContainsRune("/{}.", r) }) {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	return id
}
