package config

import (
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
)

// A policyReader turns a policy file into entries.
type policyReader struct {
	*parser
	file        string
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
	if !r.visible(text) {
		return nil
	}
	text, ok := r.directives(text)
	if !ok {
		return nil
	}
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		panic(err) // impossible without options
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil && !errors.Is(err, io.EOF) {
		r.syntax(err, text)
		return nil
	}
	if err := loader.Load(&second); err == nil {
		r.fail("", &second, "keep one document in the file", "a second document")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err, text)
		return nil
	}
	root := &yaml.Node{Line: 1, Column: 1}
	if len(document.Content) > 0 {
		root = document.Content[0]
	}
	lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
	if !r.plain(root, 1) || !r.indented(root, 0, lines) {
		return nil
	}
	return r.root(root)
}

// brokenLine returns the line of the first byte that is not UTF-8; ok reports
// that there is none.
func brokenLine(text string) (line int, ok bool) {
	for content := range strings.Lines(text) {
		line++
		if !utf8.ValidString(content) {
			return line, false
		}
	}
	return 0, true
}

// visible reports the lines with a character that a reader does not see, or does not
// take for a line break, although the parser does. What a person or a diff does not
// show must not be what the program reads. It returns whether there is none.
func (r policyReader) visible(text string) bool {
	line, ok := 0, true
	for content := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line++
		if before, found := strings.CutSuffix(content, "\n"); found {
			content = strings.TrimSuffix(before, "\r")
		}
		if at := strings.IndexFunc(content, unseenInFile); at >= 0 {
			ok = false
			r.failUnseen("", &yaml.Node{Line: line, Column: 1 + utf8.RuneCountInString(content[:at])}, content[at:])
		}
	}
	return ok
}

// failUnseen reports the first character of text.
func (r policyReader) failUnseen(name string, at *yaml.Node, text string) {
	char, _ := utf8.DecodeRuneInString(text)
	r.fail(name, at, "delete this character, or type the line again", "contains U+%04X, which is not shown or breaks the line unseen", char)
}

// unseen reports whether r is not shown, or breaks a line although it is neither LF
// nor CRLF: package plain would replace it.
func unseen(r rune) bool {
	return plain.Hidden(r) || unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}

// unseenInFile reports whether a file must not contain r. Tabs are fine and, in
// comments, the joiners, direction marks and variation selectors that Arabic and emoji
// need, and emoji that are newer than Go's tables.
func unseenInFile(r rune) bool {
	fine := r == '\t' || '\u200c' <= r && r <= '\u200f' || r == '\ufe0e' || r == '\ufe0f' || '\U0001f000' <= r && r <= '\U0001faff'
	return !fine && unseen(r)
}

// unseenInValue reports whether a value must not contain r. In quotes, YAML has
// escapes for any character.
func unseenInValue(r rune) bool { return !strings.ContainsRune("\t\r\n", r) && unseen(r) }

// The lines before a document: blank ones, comments and directives; and the
// directive that says what the file is written in.
var (
	preamble = plain.Pattern(`\A\x{feff}?([ \t]*(#.*)?\r?\n|%.*\n)*`)
	version  = plain.Pattern(`\A\x{feff}?%YAML[ \t]+1\.[12][ \t]*([ \t]#.*)?\r?\n\z`)
)

// directives reports directives other than %YAML 1.1 and 1.2, because %TAG changes
// what follows. It returns the text as the parser takes it, which does not know
// YAML 1.2, with all positions as they were.
func (r policyReader) directives(text string) (parsed string, ok bool) {
	ok = true
	lines := slices.Collect(strings.Lines(preamble().FindString(text)))
	rest := text[len(strings.Join(lines, "")):]
	for i, line := range lines {
		switch {
		case !strings.HasPrefix(strings.TrimPrefix(line, "\ufeff"), "%"):
		case version().MatchString(line):
			lines[i] = strings.Replace(line, "1.2", "1.1", 1)
		default:
			ok = false
			r.fail("", &yaml.Node{Line: i + 1}, "remove the line", "only the directives %s and %s are supported", "%YAML 1.1", "%YAML 1.2")
		}
	}
	return strings.Join(lines, "") + rest, ok
}

// syntax reports a parser's error without its text, which may quote the file.
func (r policyReader) syntax(err error, text string) {
	at := &yaml.Node{}
	if syntax, ok := errors.AsType[*yaml.LoadError](err); ok {
		mark := syntax.Mark
		last := 1 + strings.Count(strings.TrimRight(text, " \t\r\n"), "\n")
		if syntax.ContextMark.Line > 0 && (mark.Line > last || strings.HasSuffix(syntax.Message, "end of stream")) {
			mark = syntax.ContextMark // what begins there does not end
		}
		at.Line, at.Column = min(mark.Line, last), mark.Column
		switch {
		case strings.HasPrefix(syntax.Message, "exceeded max depth"):
			r.fail("", at, deepHint, deep, maxPolicyDepth)
			return
		case strings.HasPrefix(syntax.Message, "unknown anchor"):
			r.failUnsupported(at, anchors)
			return
		}
	}
	r.fail("", at, "correct the syntax here or just above; indent with spaces, not with tabs", "invalid YAML")
}

const (
	deep     = "nested more than %d levels deep"
	anchors  = "anchors, aliases and merges are not supported"
	deepHint = "the file is a mapping with the one field keys, a list with an entry for each key"
)

// plain reports aliases, merges and tags, which let a line mean something other
// than it seems to. It returns whether the rest can still be judged.
func (r policyReader) plain(n *yaml.Node, depth int) bool {
	switch {
	case n.Kind == yaml.AliasNode, n.Tag == "!!merge", n.Anchor != "":
		r.failUnsupported(n, anchors)
	case n.Style&yaml.TaggedStyle != 0, n.Tag == "!": // the parser does not mark the non-specific tag
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
			meant := r.unknown(name, key, map[string]string{"keys": "keys"}, []string{"keys"})
			known = known || meant == "keys"
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

// entry parses one entry.
func (r policyReader) entry(n *yaml.Node) (policyEntry, bool) {
	e := policyEntry{at: r.at("", n), fields: map[string]*field{}}
	e.env = field{input: envInput, place: r.at("env", n)}
	names, known := fieldNames()
	ok := r.mapping(n, "an entry with the fields of a key", func(name string, key, value *yaml.Node) {
		i := slices.Index(names, name)
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
		case key.Kind != yaml.ScalarNode:
			r.fail("", key, "write the field's name and a colon", "a field's name must be plain text")
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
	if input := inputNamed(strings.ReplaceAll(name, "_", "-")); input != nil && input.Policy == "" {
		hint := "give it once for all keys, in " + r.of(input.Name)
		if input.Name == "api-key" {
			hint = "name the environment variable that holds the key in env"
		}
		r.fail(input.Name, key, hint, "a setting of the whole run, not a field")
		return ""
	}
	meant = suggest(strings.ReplaceAll(name, "_", "-"), known, 0)
	r.fail(showable(name), key, didYouMean(meant, "remove it, or correct it to "+alternatives(names)), "unknown field")
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
		if f.value == "" || n.Tag == "!!null" {
			f.value, f.reported = "", true
			r.fail(input.Policy, n, hint, "the value is blank")
		}
		if at := strings.IndexFunc(f.value, unseenInValue); at >= 0 {
			r.failUnseen(input.Policy, n, f.value[at:])
			f.value, f.reported = "", true
		}
	}
	return f
}
