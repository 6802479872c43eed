package githubtest

import (
	"bytes"
	_ "embed" // for the description
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// openAPI is an extract of GitHub's own descriptions of its API, for github.com and
// the oldest supported GitHub Enterprise Server. .ci/openapi makes it.
//
//go:embed openapi.json
var openAPI []byte

// An operation is what a description says of a method and a path.
type operation struct {
	name      string // "METHOD /path/{parameter}"
	path      *regexp.Regexp
	query     map[string]*jsonschema.Schema
	request   *jsonschema.Schema            // nil if it has no body
	responses map[string]*jsonschema.Schema // by status; nil if it has no body
}

// undescribed are parameters that GitHub accepts without saying so: the cursor of
// github.com/google/go-github/issues/3565.
var undescribed = []string{"after"}

var operations = sync.OnceValue(func() (all []operation) {
	var extract struct{ Descriptions []json.RawMessage }
	must(json.Unmarshal(openAPI, &extract))
	for i, text := range extract.Descriptions {
		file := fmt.Sprintf("file:///%d.json", i)
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		must(err)
		compiler := jsonschema.NewCompiler()
		compiler.DefaultDraft(jsonschema.Draft7)
		compiler.AssertFormat()
		must(compiler.AddResource(file, document))
		schema := func(names ...string) *jsonschema.Schema {
			for i, name := range names {
				names[i] = url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
			}
			s, err := compiler.Compile(file + "#/" + strings.Join(names, "/"))
			must(err)
			return s
		}
		for name, described := range document.(map[string]any)["operations"].(map[string]any) {
			method, path, _ := strings.Cut(name, " ")
			o := operation{name: name, query: map[string]*jsonschema.Schema{}, responses: map[string]*jsonschema.Schema{}}
			o.path = regexp.MustCompile("^" + method + " " + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`) + "$")
			parts := described.(map[string]any)
			for parameter := range parts["query"].(map[string]any) {
				o.query[parameter] = schema("operations", name, "query", parameter)
			}
			if parts["request"] != nil {
				o.request = schema("operations", name, "request")
			}
			for status, body := range parts["responses"].(map[string]any) {
				if o.responses[status] = nil; body != true {
					o.responses[status] = schema("operations", name, "responses", status)
				}
			}
			all = append(all, o)
		}
	}
	return all
})

// maxChecked is the longest answer that is checked, in bytes. Longer lists have the
// same objects as shorter ones.
const maxChecked = 32 << 10

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// conform panics if a request, or the answer to it, is not as GitHub describes.
// What tests answer themselves, through Around and Secrets, may be anything.
func conform(r *http.Request, request []byte, status int, response []byte) {
	described := 0
	for _, o := range operations() {
		if !o.path.MatchString(r.Method + " " + r.URL.EscapedPath()) {
			continue
		}
		described++
		for _, parameter := range slices.Sorted(maps.Keys(r.URL.Query())) {
			must(o.accepts(parameter, r.URL.Query().Get(parameter)))
		}
		must(o.valid("request", o.request, request))
		schema, ok := o.responses[strconv.Itoa(status)]
		switch {
		case strings.Contains(o.name, "/secrets/"):
		case len(response) > maxChecked: // with the race detector it takes too long
		case ok:
			must(o.valid(fmt.Sprintf("answer %d", status), schema, response))
		case status < http.StatusBadRequest: // any request can fail in ways that are not described
			panic(fmt.Sprintf("%s: answers with %d", o.name, status))
		}
	}
	if described == 0 && status < http.StatusBadRequest {
		panic(fmt.Sprintf("%s %s is not described", r.Method, r.URL.EscapedPath()))
	}
}

// accepts returns an error if a parameter of the query is not as described.
func (o operation) accepts(parameter, value string) error {
	schema := o.query[parameter]
	if schema == nil && slices.Contains(undescribed, parameter) {
		return nil
	}
	if schema == nil {
		return fmt.Errorf("%s: has no parameter %s", o.name, parameter)
	}
	if n, err := strconv.Atoi(value); err == nil && schema.Validate(n) == nil || schema.Validate(value) == nil {
		return nil
	}
	return fmt.Errorf("%s: %s cannot be %q", o.name, parameter, value)
}

// valid returns an error if a body is not as described.
func (o operation) valid(what string, schema *jsonschema.Schema, body []byte) error {
	if schema == nil || len(body) == 0 {
		if schema == nil && len(body) > 0 {
			return fmt.Errorf("%s: the %s has a body", o.name, what)
		}
		return nil
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = schema.Validate(document)
	}
	if err != nil {
		return fmt.Errorf("%s: the %s: %w", o.name, what, err)
	}
	return nil
}

// An answered is an answer that is also kept.
type answered struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	a.body.Write(p)
	return a.ResponseWriter.Write(p)
}
