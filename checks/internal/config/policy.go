package config

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/secret"
)

// What a policy file may hold.
const (
	maxPolicy      = 256 << 10 // bytes
	maxPolicyDepth = 8         // of nested lists and mappings
	MaxPolicyKeys  = 300
	maxRevoked     = 2    // each costs one of five attempts
	maxMistakes    = 1000 // until nobody wants to read on
)

// A policyEntry is one key of a policy file: what it gives, and the key.
type policyEntry struct {
	at         mistake.Place     // of the entry
	env        field             // the one field that is not a setting: the variable with the key
	fields     map[string]*field // by their name in the file
	misspelled []string          // fields that unknown ones probably mean
	key        secret.Value
}

// envInput describes the field env.
var envInput = &Input{Policy: "env", Doc: "The environment variable that holds the key: it begins with FLEXY_."}

// PolicyFields lists the fields of an entry in documented order.
func PolicyFields() []*Input {
	fields := []*Input{envInput}
	for _, input := range inputs() {
		if input.Policy != "" {
			fields = append(fields, input)
		}
	}
	return fields
}

// given lists the fields that the entry gives, env too, in no order.
func (e *policyEntry) given() []*field {
	all := []*field{&e.env}
	for _, f := range e.fields {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *field) int {
		return mistake.Mistake{Place: a.place}.Compare(mistake.Mistake{Place: b.place})
	})
	return all
}

// over returns the step's settings, overridden by the entry's own. Fields of a
// group are overridden as a unit, and no entry inherits a name.
func (e policyEntry) over(step settings) settings {
	groups := map[string]bool{"name": true}
	for _, f := range e.fields {
		groups[f.input.group] = true
	}
	delete(groups, "")
	for _, f := range step.all() {
		if f.input.Policy == "" {
			continue
		}
		if own, ok := e.fields[f.input.Policy]; ok {
			*f = *own
			continue
		}
		missing := field{input: f.input, place: e.place(f.input.Policy), fromPolicy: true}
		missing.reported = slices.Contains(e.misspelled, f.input.Policy)
		if f.input.Policy == "name" || groups[f.input.group] || missing.reported {
			*f = missing
		}
	}
	return step
}

// place is that of the entry, for a field that it does not give.
func (e policyEntry) place(name string) mistake.Place {
	at := e.at
	at.Name = name
	return at
}

// readPolicy reads the policy file, as far as that is possible without judging
// values, and the keys that it names. No mistake shows anything of the file but
// the names of fields: somebody may have pasted a key there.
func (s *Source) readPolicy(path field) {
	name := path.value
	if workspace := s.lookup.get("GITHUB_WORKSPACE"); s.action && workspace != "" && !filepath.IsAbs(name) {
		name = filepath.Join(workspace, name)
	}
	r := policyReader{judge: s.judge, file: path.value, lookup: s.secret, refused: map[mistake.Place]bool{}}
	text, fault := readRegular(name, maxPolicy)
	switch {
	case strings.HasPrefix(fault, "the file is larger"):
		r.fail("", nil, "split the file, and run the check once for each part", "%s", fault)
	case fault != "":
		hint := "give the path of a YAML file, relative to the working directory"
		if s.action {
			hint = "give the path of a YAML file, relative to the workspace (is there a checkout step?)"
		}
		s.judge.fail(path.place, hint, "%s", fault)
	default:
		s.entries = r.read(text)
	}
	for _, e := range s.entries {
		if !e.key.Blank() {
			s.keys = append(s.keys, e.key)
		}
	}
}

// forgetPolicy drops the policy file and all that was said of it: its path is not
// to be shown.
func (s *Source) forgetPolicy() {
	s.entries = nil
	s.judge.mistakes = slices.DeleteFunc(s.judge.mistakes, func(m mistake.Mistake) bool {
		return m.Place.File != "" || m.Place.Name == s.settings.Policy.place.Name
	})
}

// A policyReader turns a policy file into entries.
type policyReader struct {
	*judge
	file    string
	lookup  func(variable string) string
	refused map[mistake.Place]bool // nodes of which nothing more is said
}

// at is the place of a node, the top of the file without one.
func (r policyReader) at(name string, n *yaml.Node) mistake.Place {
	place := mistake.Place{Name: name, File: r.file, Line: 1, Column: 1}
	if n != nil {
		place.Line, place.Column = max(n.Line, 1), max(n.Column, 1)
	}
	return place
}

// fail reports a mistake at a node, unless the node was refused.
func (r policyReader) fail(name string, n *yaml.Node, hint, format string, args ...any) {
	if !r.refused[r.at("", n)] && len(r.mistakes) < maxMistakes {
		r.judge.fail(r.at(name, n), hint, format, args...)
	}
}

// refuse reports a node that a policy file has no use for.
func (r policyReader) refuse(n *yaml.Node, hint, message string) {
	r.fail("", n, hint, "%s", message)
	r.refused[r.at("", n)] = true
}

// read parses a file: one document, at most maxPolicyDepth deep, of plain
// mappings, lists and values.
func (r policyReader) read(text string) []policyEntry {
	if line, ok := brokenLine(text); !ok {
		r.fail("", &yaml.Node{Line: line}, "save the file as UTF-8", "invalid UTF-8")
		return nil
	}
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		panic(err) // no option is given that could be wrong
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil && !errors.Is(err, io.EOF) {
		r.syntax(err)
		return nil
	}
	if err := loader.Load(&second); err == nil {
		r.fail("", &second, "keep one document in the file", "a second document")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
		return nil
	}
	root := &yaml.Node{Line: 1, Column: 1}
	if len(document.Content) > 0 {
		root = document.Content[0]
	}
	if !r.plain(root, 1) {
		return nil
	}
	return r.root(root)
}

// brokenLine returns the line of the first byte that is not UTF-8, and whether
// there is none.
func brokenLine(text string) (line int, ok bool) {
	if utf8.ValidString(text) {
		return 0, true
	}
	valid := strings.ToValidUTF8(text, "\x00")
	at := 0
	for valid[at] == text[at] { // they differ somewhere
		at++
	}
	return 1 + bytes.Count([]byte(text[:at]), []byte("\n")), false
}

// syntax reports an error of the parser, whose text may repeat the file's.
func (r policyReader) syntax(err error) {
	at := &yaml.Node{}
	var syntax *yaml.LoadError
	if errors.As(err, &syntax) {
		at.Line, at.Column = syntax.Mark.Line, syntax.Mark.Column
		if strings.HasPrefix(syntax.Message, "exceeded max depth") {
			r.fail("", at, deepHint, deep, maxPolicyDepth)
			return
		}
	}
	r.fail("", at, "correct the syntax here or just above; indent with spaces, not with tabs", "invalid YAML")
}

const (
	deep     = "nested more than %d levels deep"
	deepHint = "the file is a mapping with the one field keys, a list with an entry for each key"

	plainHint = "write the file with mappings, lists and plain values only"
	noAliases = "anchors, aliases and merges are not supported"
)

// plain refuses what a policy file has no use for: aliases, merges and tags let
// a line mean something else than it says. It reports whether the rest can be
// judged all the same.
func (r policyReader) plain(n *yaml.Node, depth int) bool {
	switch {
	case n.Kind == yaml.AliasNode, n.Tag == "!!merge", n.Anchor != "":
		r.refuse(n, plainHint, noAliases)
	case n.Style&yaml.TaggedStyle != 0:
		r.refuse(n, plainHint, "tags are not supported")
	}
	if depth > maxPolicyDepth && (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) {
		r.fail("", n, deepHint, deep, maxPolicyDepth)
		return false
	}
	for _, child := range n.Content {
		if !r.plain(child, depth+1) {
			return false
		}
	}
	return true
}

// root reads the top of the file: the one field keys, a list of entries.
func (r policyReader) root(n *yaml.Node) (entries []policyEntry) {
	known := false
	ok := r.mapping(n, "a mapping with the field keys", func(name string, key, value *yaml.Node) {
		if name != "keys" {
			r.unknown(name, key, map[string]string{"keys": "keys"}, []string{"keys"})
			return
		}
		known = true
		switch {
		case value.Kind != yaml.SequenceNode || len(value.Content) == 0:
			r.fail("keys", key, deepHint, "must be a list with at least one key")
		case len(value.Content) > MaxPolicyKeys:
			r.fail("keys", key, "split the file, and run the check once for each part", "%d keys, but at most %d are supported", len(value.Content), MaxPolicyKeys)
		default:
			for _, item := range value.Content {
				if e, ok := r.entry(item); ok {
					entries = append(entries, e)
				}
			}
		}
	})
	if ok && !known {
		r.fail("keys", nil, deepHint, "required")
	}
	return entries
}

// entry reads one entry, and its key from the environment.
func (r policyReader) entry(n *yaml.Node) (policyEntry, bool) {
	e := policyEntry{at: r.at("", n), fields: map[string]*field{}}
	e.env = field{input: envInput, place: r.at("env", n)}
	names, known := fieldNames()
	ok := r.mapping(n, "an entry with the fields of a key", func(name string, key, value *yaml.Node) {
		i := slices.IndexFunc(names, func(known string) bool { return known == name })
		switch {
		case i < 0:
			e.misspelled = append(e.misspelled, r.unknown(name, key, known, names))
		case name == envInput.Policy:
			e.env = r.field(envInput, value)
		default:
			f := r.field(PolicyFields()[i], value)
			e.fields[name] = &f
		}
	})
	e.env.reported = e.env.reported || slices.Contains(e.misspelled, envInput.Policy)
	if validVariable(e.env.value) {
		e.key = secret.New(r.lookup(e.env.value))
	}
	return e, ok
}

// fieldNames lists the fields of an entry; known maps them, and the inputs of
// the same meaning, to the fields.
func fieldNames() (names []string, known map[string]string) {
	known = map[string]string{}
	for _, input := range PolicyFields() {
		names = append(names, input.Policy)
		if input.Name != "" {
			known[input.Name] = input.Policy
		}
	}
	for _, name := range names {
		known[name] = name
	}
	return names, known
}

var variableName = regexp.MustCompile(`\AFLEXY_[A-Za-z0-9_]+\z`)

// validVariable reports whether an entry may name the variable: it begins with
// FLEXY_ and is none of the program's own.
func validVariable(name string) bool { return variableName.MatchString(name) && !isVariable(name) }

// mapping calls each for the fields of a mapping, in the file's order. It
// reports whether there is one.
func (r policyReader) mapping(n *yaml.Node, expected string, each func(name string, key, value *yaml.Node)) bool {
	if n.Kind != yaml.MappingNode {
		r.fail("", n, "see the policy file in the README", "must be %s", expected)
		return false
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch name := key.Value; {
		case key.Tag == "!!merge": // refused already
		case seen[name]:
			r.fail(showable(name), key, "remove one of the two", "given twice")
		default:
			seen[name] = true
			each(name, key, n.Content[i+1])
		}
	}
	return true
}

// unknown reports an unknown field and returns the one that it probably means.
func (r policyReader) unknown(name string, key *yaml.Node, known map[string]string, names []string) (meant string) {
	hint := "remove it, or correct its name: " + alternatives(names)
	if meant = suggest(strings.ReplaceAll(name, "_", "-"), known, 0); meant != "" {
		hint = "did you mean " + meant + "?"
	}
	r.fail(showable(name), key, hint, "unknown field")
	return meant
}

// field reads a field's value, as it is written. It reports what is not a value.
func (r policyReader) field(input *Input, n *yaml.Node) field {
	f := field{input: input, place: r.at(input.Policy, n), fromPolicy: true}
	const hint = "give it a value, or leave the field out"
	switch {
	case n.Kind == yaml.SequenceNode && input.List && len(n.Content) == 0:
		f.reported = true
		r.fail(input.Policy, n, hint, "the list is empty")
	case n.Kind == yaml.SequenceNode && input.List:
		for _, item := range n.Content {
			i := r.field(&Input{Name: input.Name, Policy: input.Policy}, item)
			i.input = input
			f.items, f.reported = append(f.items, i), f.reported || i.reported
			f.value += i.value + "\n"
		}
		f.value = strings.TrimSpace(f.value)
	case n.Kind == yaml.AliasNode:
		f.reported = true // and refused
	case n.Kind == yaml.SequenceNode, n.Kind == yaml.MappingNode:
		f.reported = true
		r.fail(input.Policy, n, "give it one value, or leave the field out", "must be a single value")
	default:
		f.value = strings.TrimSpace(n.Value)
		if f.reported = f.value == "" || n.Tag == "!!null"; f.reported {
			f.value = ""
			r.fail(input.Policy, n, hint, "the value is blank")
		}
	}
	return f
}
