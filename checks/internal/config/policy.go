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
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"flexy-key-check/checks/internal/secret"
)

// What a policy file may hold.
const (
	maxPolicy      = 256 << 10 // bytes
	MaxPolicyKeys  = 300
	maxPolicyDepth = 8
	// The parser takes time with the square of the number of fields.
	maxPolicyFields = 20 * MaxPolicyKeys
	maxRevoked      = 2 // each costs one of five attempts
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
	p := policyReader{g: g, file: path}
	text = strings.TrimPrefix(text, "\uFEFF")
	if !utf8.ValidString(text) {
		g.fail(Place{File: path, Line: 1, Column: 1}, "expected UTF-8 text, found something else", "save the file as UTF-8")
		return
	}
	if !p.plain(lexer.Tokenize(text)) {
		return
	}
	file, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at := Place{File: path, Line: 1, Column: 1}
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil {
			at = p.at("", syntax.Token)
		}
		g.fail(at, "expected YAML, found something else", "correct the syntax here or just above")
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

// readLimited reads a policy file; found says why it cannot be one.
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
	switch {
	case err != nil:
		return "", "one that cannot be read"
	case len(content) > maxPolicy:
		return "", "one of more than 256 KiB"
	}
	return string(content), ""
}

// A policyReader turns a policy file into entries.
type policyReader struct {
	g    *Given
	file string
}

// at is the place of a token.
func (p policyReader) at(name string, t *token.Token) Place {
	place := Place{Name: name, File: p.file, Line: 1, Column: 1}
	if t != nil && t.Position != nil {
		place.Line, place.Column = t.Position.Line, t.Position.Column
	}
	return place
}

// plain refuses what a policy file has no use for, before the parser sees it:
// the parser has no limit of depth, and aliases, merges and tags let a line
// mean something else than it says.
func (p policyReader) plain(tokens token.Tokens) bool {
	const hint = "write the file with mappings, lists and plain values only"
	var depth nesting
	values := 0
	for i, t := range tokens {
		var found string
		switch t.Type {
		case token.MappingValueType:
			if values++; values > maxPolicyFields {
				found = "more fields than 300 keys can have"
			}
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			found = "an anchor, alias or merge"
		case token.TagType:
			found = "a tag"
		case token.DirectiveType:
			found = "a directive"
		case token.MappingKeyType:
			found = "a complex key"
		case token.DocumentHeaderType, token.DocumentEndType:
			if i > 0 && (t.Type == token.DocumentHeaderType || i < len(tokens)-1) {
				found = "a second document"
			}
		case token.InvalidType:
			found = "something that is no YAML"
		}
		if depth.add(t) > maxPolicyDepth {
			found = "nesting deeper than 8"
		}
		if found != "" {
			p.g.fail(p.at("", t), "expected a plain policy file, found "+found, hint)
			return false
		}
	}
	return true
}

// nesting counts how deep tokens are nested, at least.
type nesting struct {
	flow    int   // open brackets and braces
	columns []int // of the block collections that are open
}

func (n *nesting) add(t *token.Token) int {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		n.flow++
	case token.SequenceEndType, token.MappingEndType:
		n.flow--
	case token.SequenceEntryType, token.MappingValueType:
		at := t
		if t.Type == token.MappingValueType && t.Prev != nil {
			at = t.Prev
		}
		column := at.Position.Column
		for len(n.columns) > 0 && n.columns[len(n.columns)-1] >= column {
			n.columns = n.columns[:len(n.columns)-1]
		}
		if n.flow == 0 {
			n.columns = append(n.columns, column)
		}
	}
	return n.flow + len(n.columns)
}

// root reads the top of the file: the one field keys, a list of entries.
func (p policyReader) root(body ast.Node) {
	const hint = "the file is a mapping with the one field keys, a list with an entry for each key"
	known := false
	p.mapping(body, "a mapping with the field keys", func(name string, key *token.Token, value ast.Node) {
		if name != "keys" {
			p.unknown(name, key, []string{"keys"})
			return
		}
		known = true
		list, ok := value.(*ast.SequenceNode)
		switch {
		case !ok || len(list.Values) == 0:
			p.g.fail(p.at("keys", key), "expected a list of keys, found none", hint)
		case len(list.Values) > MaxPolicyKeys:
			p.g.fail(p.at("keys", key), fmt.Sprintf("expected at most %d keys, found %d", MaxPolicyKeys, len(list.Values)), "split the file, and run the check once for each part")
		default:
			for _, item := range list.Values {
				p.entry(item)
			}
		}
	})
	if !known {
		p.g.fail(p.at("keys", nil), "expected a list of keys, found none", hint)
	}
}

// entry reads one entry, and its key from the environment.
func (p policyReader) entry(node ast.Node) {
	e := entry{at: p.at("", node.GetToken()), fields: map[string]field{}}
	inputs := PolicyFields()
	p.mapping(node, "an entry with the fields of a key", func(name string, key *token.Token, value ast.Node) {
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
		text, ok := p.value(inputs[i], value)
		e.fields[name] = field{input: inputs[i], value: text, place: p.at(name, value.GetToken()), bad: !ok}
	})
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
func validVariable(name string) bool {
	return variableName.MatchString(name) && !isSetting(name)
}

// mapping calls each for the fields of a mapping, in the file's order.
func (p policyReader) mapping(node ast.Node, expected string, each func(name string, key *token.Token, value ast.Node)) {
	m, ok := node.(ast.MapNode)
	if !ok {
		var t *token.Token
		if node != nil {
			t = node.GetToken()
		}
		p.g.fail(p.at("", t), "expected "+expected+", found something else", "see the policy file in the README")
		return
	}
	seen := map[string]bool{}
	for fields := m.MapRange(); fields.Next(); {
		key := fields.Key().GetToken()
		name, _ := scalar(fields.Key())
		if seen[name] {
			p.g.fail(p.at(name, key), "expected each field once, found it again", "remove one of the two")
			continue
		}
		seen[name] = true
		each(name, key, fields.Value())
	}
}

// fieldName is what may be shown of an unknown field: a key pasted in its place
// would have digits.
var fieldName = regexp.MustCompile(`\A[a-z][a-z_-]{0,31}\z`)

func (p policyReader) unknown(name string, key *token.Token, known []string) {
	hint := "remove it, or correct its name"
	if !fieldName.MatchString(name) {
		name = ""
	} else if real := nearest(name, known); real != "" {
		hint = "did you mean " + real + "?"
	}
	p.g.fail(p.at(name, key), "expected "+alternatives(known)+", found another field", hint)
}

// value reads a field's value, as it is written; a list becomes lines. It
// reports what is no value.
func (p policyReader) value(input Input, node ast.Node) (string, bool) {
	name := input.Policy
	if list, ok := node.(*ast.SequenceNode); ok && input.List {
		return p.list(name, list)
	}
	text, ok := scalar(node)
	if text = strings.TrimSpace(text); !ok || text == "" {
		p.g.fail(p.at(name, node.GetToken()), "expected a value, found none", "give it one, or leave the field out")
		return "", false
	}
	return text, true
}

// list reads a list of values as lines.
func (p policyReader) list(name string, list *ast.SequenceNode) (string, bool) {
	if len(list.Values) == 0 {
		p.g.fail(p.at(name, list.GetToken()), "expected at least one item, found an empty list", "name one, or leave the field out")
		return "", false
	}
	var items []string
	for _, node := range list.Values {
		item, ok := scalar(node)
		if item = strings.TrimSpace(item); !ok || item == "" {
			p.g.fail(p.at(name, node.GetToken()), "expected a value in each place of the list, found none", "remove the item or give it a value")
			return "", false
		}
		items = append(items, item)
	}
	return strings.Join(items, "\n"), true
}

// scalar returns the text of a plain value as it is written: the parser's own
// values have eaten the plus of a phone number.
func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}
