package config

import (
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

// The limits of a policy file.
const (
	maxPolicy      = 256 << 10 // bytes
	maxPolicyDepth = 8         // nested lists and mappings
	MaxPolicyKeys  = 300
	maxRevoked     = 2    // each costs one of five attempts
	maxMistakes    = 1000 // that the reader reports
)

// A policyEntry is one entry of a policy file, and its key.
type policyEntry struct {
	at         mistake.Place     // of the entry
	env        field             // the only field that is not a setting: the variable with the key
	fields     map[string]*field // by their name in the file
	misspelled []string          // the fields that unknown ones were probably meant to be
	key        secret.Value
}

// envInput describes the field env.
var envInput = &Input{Policy: "env", Doc: "The environment variable that holds the key: it begins with FLEXY_."}

// PolicyFields returns the fields of an entry in documented order.
func PolicyFields() []*Input {
	fields := []*Input{envInput}
	for _, input := range inputs() {
		if input.Policy != "" {
			fields = append(fields, input)
		}
	}
	return fields
}

// given returns the fields that the entry gives, and env, in the file's order.
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

// over returns the step's settings, overridden by the entry's fields. The fields
// of a group are overridden together, and no entry inherits a name.
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

// place returns the entry's place for a field that it does not give.
func (e policyEntry) place(name string) mistake.Place {
	at := e.at
	at.Name = name
	return at
}

// readPolicy reads the policy file and the keys that it names. It does not judge
// values. Its mistakes show nothing of the file except the names of fields,
// because a key may have been pasted there.
func (s *Source) readPolicy(path field) {
	name := path.value
	if workspace := s.lookup.get("GITHUB_WORKSPACE"); s.action && workspace != "" && !filepath.IsAbs(name) {
		name = filepath.Join(workspace, name)
	}
	r := policyReader{parser: s.parser, file: path.value, lookup: s.readSecret, unsupported: map[mistake.Place]bool{}}
	text, fault := readRegular(name, maxPolicy)
	switch {
	case strings.HasPrefix(fault, "the file is larger"):
		r.fail("", nil, "split the file, and run the check once for each part", "%s", fault)
	case fault != "":
		hint := "give the path of a YAML file, relative to the working directory"
		if s.action {
			hint = "give the path of a YAML file, relative to the workspace (is there a checkout step?)"
		}
		s.parser.fail(path.place, hint, "%s", fault)
	default:
		s.entries = r.read(text)
	}
	for _, e := range s.entries {
		if !e.key.Blank() {
			s.keys = append(s.keys, e.key)
		}
	}
}

// forgetPolicy drops the policy file and all mistakes about it, because its path
// must not be shown.
func (s *Source) forgetPolicy() {
	s.entries = nil
	s.parser.mistakes = slices.DeleteFunc(s.parser.mistakes, func(m mistake.Mistake) bool {
		return m.Place.File != "" || m.Place.Name == s.settings.Policy.place.Name
	})
}

// A policyReader turns a policy file into entries.
type policyReader struct {
	*parser
	file        string
	lookup      func(variable string) string
	unsupported map[mistake.Place]bool // nodes that get no further mistakes
}

// at returns the place of a node, or the start of the file if n is nil.
func (r policyReader) at(name string, n *yaml.Node) mistake.Place {
	place := mistake.Place{Name: name, File: r.file, Line: 1, Column: 1}
	if n != nil {
		place.Line, place.Column = max(n.Line, 1), max(n.Column, 1)
	}
	return place
}

// fail reports a mistake at a node, unless the node is unsupported.
func (r policyReader) fail(name string, n *yaml.Node, hint, format string, args ...any) {
	if !r.unsupported[r.at("", n)] && len(r.mistakes) < maxMistakes {
		r.parser.fail(r.at(name, n), hint, format, args...)
	}
}

// failUnsupported reports a node that uses a feature which policy files do not
// support.
func (r policyReader) failUnsupported(n *yaml.Node, message string) {
	r.fail("", n, "write the file with mappings, lists and plain values only", "%s", message)
	r.unsupported[r.at("", n)] = true
}

// read parses a file, which must be a single document of plain mappings, lists and
// values.
func (r policyReader) read(text string) []policyEntry {
	if line, ok := brokenLine(text); !ok {
		r.fail("", &yaml.Node{Line: line}, "save the file as UTF-8", "invalid UTF-8")
		return nil
	}
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		panic(err) // impossible without options
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

// brokenLine returns the line of the first byte that is not UTF-8; ok reports
// that there is none.
func brokenLine(text string) (line int, ok bool) {
	if utf8.ValidString(text) {
		return 0, true
	}
	valid := strings.ToValidUTF8(text, "\x00")
	at := 0
	for valid[at] == text[at] { // they differ somewhere
		at++
	}
	return 1 + strings.Count(text[:at], "\n"), false
}

// syntax reports a parser's error without its text, which may quote the file.
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
)

// plain reports aliases, merges and tags, which let a line mean something other
// than it seems to. It returns whether the rest can still be judged.
func (r policyReader) plain(n *yaml.Node, depth int) bool {
	switch {
	case n.Kind == yaml.AliasNode, n.Tag == "!!merge", n.Anchor != "":
		r.failUnsupported(n, "anchors, aliases and merges are not supported")
	case n.Style&yaml.TaggedStyle != 0:
		r.failUnsupported(n, "tags are not supported")
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

// root parses the file's root, which has the single field keys, a list of entries.
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

// entry parses one entry, and reads its key from the environment.
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

// fieldNames returns the names of an entry's fields; known maps them, and the
// inputs of the same meaning, to the fields.
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
// FLEXY_ and is not one that the program itself reads.
func validVariable(name string) bool { return variableName.MatchString(name) && !isVariable(name) }

// mapping calls each for the fields of a mapping, in the file's order. It
// reports whether n is a mapping.
func (r policyReader) mapping(n *yaml.Node, expected string, each func(name string, key, value *yaml.Node)) bool {
	if n.Kind != yaml.MappingNode {
		r.fail("", n, "see the policy file in the README", "must be %s", expected)
		return false
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch name := key.Value; {
		case key.Tag == "!!merge": // already reported
		case seen[name]:
			r.fail(showable(name), key, "remove one of the two", "given twice")
		default:
			seen[name] = true
			each(name, key, n.Content[i+1])
		}
	}
	return true
}

// unknown reports an unknown field and returns the one that was probably meant.
func (r policyReader) unknown(name string, key *yaml.Node, known map[string]string, names []string) (meant string) {
	hint := "remove it, or correct its name: " + alternatives(names)
	if meant = suggest(strings.ReplaceAll(name, "_", "-"), known, 0); meant != "" {
		hint = "did you mean " + meant + "?"
	}
	r.fail(showable(name), key, hint, "unknown field")
	return meant
}

// field returns a field's value as it is written, and reports what is not a value.
func (r policyReader) field(input *Input, n *yaml.Node) field {
	f := field{input: input, place: r.at(input.Policy, n), fromPolicy: true}
	const hint = "give it a value, or leave the field out"
	switch {
	case n.Kind == yaml.SequenceNode && input.List && len(n.Content) == 0:
		f.reported = true
		r.fail(input.Policy, n, hint, "the list is empty")
	case n.Kind == yaml.SequenceNode && input.List:
		var values []string
		for _, item := range n.Content {
			i := r.field(&Input{Name: input.Name, Policy: input.Policy}, item)
			i.input = input
			f.items, f.reported = append(f.items, i), f.reported || i.reported
			values = append(values, i.value)
		}
		f.value = strings.TrimSpace(strings.Join(values, "\n"))
	case n.Kind == yaml.AliasNode:
		f.reported = true // by plain
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
