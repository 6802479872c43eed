package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"flexy-key-check/checks/internal/secret"
)

// What a policy file may hold.
const (
	maxPolicy     = 256 << 10 // bytes
	MaxPolicyKeys = 300
	maxRevoked    = 2 // each costs one of five attempts
)

// policyEnv is the one field that is no setting: the variable with the key.
const policyEnv = "env"

// An entry is one key of a policy file: the fields that it gives, by their name
// in the file.
type entry struct {
	at     Place // of the entry
	fields map[string]field
	key    secret.Value
}

// PolicyFields lists the fields of an entry in documented order.
func PolicyFields() []Input {
	fields := []Input{{Policy: policyEnv, Doc: "The environment variable that holds the key: it begins with FLEXY_."}}
	for _, input := range Inputs() {
		if input.Policy != "" {
			fields = append(fields, input)
		}
	}
	return fields
}

// readPolicy reads the policy file, as far as that is possible without judging
// values, and the keys that it names. No mistake shows anything of the file but
// the names of fields: somebody may have pasted a key there.
func (g *Given) readPolicy(path string) {
	place := Place{Name: g.name("policy")}
	text, found := readLimited(g.inWorkspace(path))
	if found != "" {
		g.fail(place, "expected a policy file, found "+found, "give the path of a YAML file, relative to "+g.pick("the workspace (is there a checkout step?)", "the working directory"))
		return
	}
	p := policyReader{g: g, file: path, refused: map[Place]bool{}}
	if len(text) > maxPolicy {
		p.fail("", nil, "expected a policy file of at most 256 KiB, found a larger one", "split the file, and run the check once for each part")
		return
	}
	text = strings.TrimPrefix(text, "\uFEFF")
	if !p.readable(text) {
		return
	}
	tokens := lexer.Tokenize(text)
	if !p.plain(tokens) {
		return
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var at *token.Token
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			at = syntax.Token
		}
		p.fail("", at, "expected YAML, found something else", "correct the syntax here or just above")
		return
	}
	var body ast.Node
	if len(file.Docs) > 0 {
		body = file.Docs[0].Body
	}
	p.root(body)
}

// inWorkspace resolves a path as the user means it.
func (g *Given) inWorkspace(path string) string {
	if workspace := g.lookup.get("GITHUB_WORKSPACE"); g.Action && workspace != "" && !filepath.IsAbs(path) {
		return filepath.Join(workspace, path)
	}
	return path
}

// readLimited reads a policy file, a byte more than it may have at most; found
// says why it cannot be one.
func readLimited(path string) (text, found string) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", "no such file"
	case err != nil:
		return "", "one that cannot be read"
	case !info.Mode().IsRegular():
		return "", "something that is no file"
	}
	file, err := os.Open(path)
	if err != nil {
		return "", "one that cannot be read"
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxPolicy+1))
	if err != nil {
		return "", "one that cannot be read"
	}
	return string(content), ""
}

// A policyReader turns a policy file into entries.
type policyReader struct {
	g       *Given
	file    string
	refused map[Place]bool // the tokens that have been reported as such
}

// at is the place of a token.
func (p policyReader) at(name string, t *token.Token) Place {
	place := Place{Name: name, File: p.file, Line: 1, Column: 1}
	if t != nil && t.Position != nil {
		place.Line, place.Column = t.Position.Line, max(t.Position.Column, 1)
	}
	return place
}

// fail reports a mistake at a token, unless that has been refused already.
func (p policyReader) fail(name string, t *token.Token, message, hint string) {
	if !p.refused[p.at("", t)] {
		p.g.fail(p.at(name, t), message, hint)
	}
}

// root reads the top of the file: the one field keys, a list of entries.
func (p policyReader) root(body ast.Node) {
	const hint = "the file is a mapping with the one field keys, a list with an entry for each key"
	known := false
	ok := p.mapping(body, "a mapping with the field keys", func(name string, key *token.Token, value ast.Node) {
		if name != "keys" {
			p.unknown(name, key, []string{"keys"})
			return
		}
		known = true
		list, ok := bare(value).(*ast.SequenceNode)
		switch {
		case !ok || len(list.Values) == 0:
			p.fail("keys", key, "expected a list of keys, found none", hint)
		case len(list.Values) > MaxPolicyKeys:
			p.fail("keys", key, fmt.Sprintf("expected at most %d keys, found %d", MaxPolicyKeys, len(list.Values)), "split the file, and run the check once for each part")
		default:
			for _, item := range list.Values {
				p.entry(item)
			}
		}
	})
	if ok && !known {
		p.fail("keys", nil, "expected a list of keys, found none", hint)
	}
}

// entry reads one entry, and its key from the environment.
func (p policyReader) entry(node ast.Node) {
	e := entry{at: p.at("", start(node)), fields: map[string]field{}}
	inputs := PolicyFields()
	ok := p.mapping(node, "an entry with the fields of a key", func(name string, key *token.Token, value ast.Node) {
		if len(e.fields) == 0 {
			e.at = p.at("", key)
		}
		i := slices.IndexFunc(inputs, func(in Input) bool { return in.Policy == name })
		if i < 0 {
			var names []string
			for _, in := range inputs {
				names = append(names, in.Policy)
			}
			p.unknown(name, key, names)
			return
		}
		e.fields[name] = p.field(inputs[i], value)
	})
	if !ok {
		return
	}
	if f, ok := e.fields[policyEnv]; ok && validVariable(f.value) {
		e.key = secret.New(p.g.lookup.get(f.value))
		if !e.key.Blank() {
			p.g.keys = append(p.g.keys, e.key)
		}
	}
	p.g.policy = append(p.g.policy, e)
}

var variableName = regexp.MustCompile(`\AFLEXY_[A-Za-z0-9_]+\z`)

// validVariable reports whether an entry may name the variable: it begins with
// FLEXY_ and is none of the program's own.
func validVariable(name string) bool { return variableName.MatchString(name) && !isSetting(name) }

// mapping calls each for the fields of a mapping, in the file's order. It
// reports whether there is one.
func (p policyReader) mapping(node ast.Node, expected string, each func(name string, key *token.Token, value ast.Node)) bool {
	m, ok := bare(node).(ast.MapNode)
	if !ok {
		p.fail("", start(node), "expected "+expected+", found something else", "see the policy file in the README")
		return false
	}
	seen := map[string]bool{}
	for fields := m.MapRange(); fields.Next(); {
		key := start(fields.Key())
		name, _ := scalar(fields.Key())
		if seen[name] {
			p.fail(showable(name), key, "expected each field once, found it again", "remove one of the two")
			continue
		}
		seen[name] = true
		each(name, key, fields.Value())
	}
	return true
}

// fieldName is what a field may be called: a key pasted in its place would have
// digits.
const maxFieldName = 24

var fieldName = regexp.MustCompile(`\A[a-z][a-z_-]*\z`)

// showable returns the name of a field, "" if it could be something else.
func showable(name string) string {
	if len(name) > maxFieldName || !fieldName.MatchString(name) {
		return ""
	}
	return name
}

func (p policyReader) unknown(name string, key *token.Token, known []string) {
	hint := "remove it, or correct its name"
	if name = showable(name); name != "" {
		if real := nearest(name, known); real != "" {
			hint = "did you mean " + real + "?"
		}
	}
	p.fail(name, key, "expected "+alternatives(known)+", found another field", hint)
}

// field reads a field's value. It reports what is no value.
func (p policyReader) field(input Input, node ast.Node) field {
	f := field{input: input, place: p.at(input.Policy, start(node))}
	node = bare(node)
	if list, ok := node.(*ast.SequenceNode); ok && input.List {
		return p.list(f, list)
	}
	found := "none"
	switch node.(type) {
	case ast.MapNode, *ast.SequenceNode:
		found = "several"
	}
	f.value, f.bad = p.value(input.Policy, node, "expected a value, found "+found, "give it one, or leave the field out")
	return f
}

// list reads a list of values.
func (p policyReader) list(f field, list *ast.SequenceNode) field {
	if f.bad = len(list.Values) == 0; f.bad {
		p.fail(f.place.Name, start(list), "expected at least one item, found an empty list", "name one, or leave the field out")
	}
	var values []string
	for _, node := range list.Values {
		item := field{input: f.input, place: p.at(f.place.Name, start(node))}
		item.value, item.bad = p.value(f.place.Name, bare(node), "expected a value in each place of the list, found none", "remove the item or give it a value")
		f.items, values = append(f.items, item), append(values, item.value)
		f.bad = f.bad || item.bad
	}
	f.value = strings.Join(values, "\n")
	return f
}

// value reads one value as it is written, or reports the message.
func (p policyReader) value(name string, node ast.Node, message, hint string) (text string, bad bool) {
	text, ok := scalar(node)
	if text = strings.TrimSpace(text); !ok || text == "" {
		p.fail(name, start(node), message, hint)
		return "", true
	}
	return text, false
}
