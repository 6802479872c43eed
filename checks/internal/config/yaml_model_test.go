package config_test

import (
	"fmt"
	"slices"
	"strings"
)

// A yamlModel reads policy files by the grammar of YAML 1.2.2, and shares no code
// with the program or its parser. It knows only what such a file may contain.
type yamlModel struct {
	lines    []string // without line breaks
	row, col int
	parent   int // the column around what is in quotes or brackets
	depth    int // of brackets
}

// A yamlNode is a scalar, a list or a mapping.
type yamlNode struct {
	kind   rune // 's', 'l' or 'm'; 0 for none
	text   string
	plain  bool
	list   []yamlNode
	fields []yamlField
}

type yamlField struct {
	name  string
	value yamlNode
}

type yamlError string

// modelPolicy returns what a policy file says: for each entry the values of its
// fields.
func modelPolicy(text string) (entries []map[string][]string, err error) {
	defer func() {
		if e, ok := recover().(yamlError); ok {
			err = fmt.Errorf("%s", string(e))
		}
	}()
	r := &yamlModel{lines: strings.Split(strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n"), "\n")}
	root := r.document()
	r.check(root.kind == 'm' && len(root.fields) == 1 && root.fields[0].name == "keys" && root.fields[0].value.kind == 'l', "not a policy file")
	for _, item := range root.fields[0].value.list {
		r.check(item.kind == 'm', "not an entry")
		entry := map[string][]string{}
		for _, f := range item.fields {
			r.check(entry[f.name] == nil, "given twice")
			switch values := f.value.list; f.value.kind {
			case 'l':
				for _, value := range values {
					entry[f.name] = append(entry[f.name], r.scalar(value))
				}
			default:
				entry[f.name] = []string{r.scalar(f.value)}
			}
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func (r *yamlModel) check(ok bool, fault string) {
	if !ok {
		panic(yamlError(fmt.Sprintf("%d:%d: %s", r.row+1, r.col+1, fault)))
	}
}

// scalar returns a scalar's text, which must not be null (10.3.2).
func (r *yamlModel) scalar(n yamlNode) string {
	r.check(n.kind == 's' && (!n.plain || !slices.Contains([]string{"", "~", "null", "Null", "NULL"}, n.text)), "not a value")
	return strings.TrimSpace(n.text)
}

// rest returns what is left of the line, "" after the last.
func (r *yamlModel) rest() string {
	if r.row >= len(r.lines) {
		return ""
	}
	return r.lines[r.row][r.col:]
}

func (r *yamlModel) done() bool { return r.row >= len(r.lines) }

func (r *yamlModel) newline() { r.row, r.col = r.row+1, 0 }

// white skips blanks.
func (r *yamlModel) white() {
	r.col += len(r.rest()) - len(strings.TrimLeft(r.rest(), " \t"))
}

// atEnd reports whether only blanks and a comment are left of the line (6.6).
func (r *yamlModel) atEnd() bool {
	r.white()
	apart := r.col == 0 || strings.ContainsAny(r.lines[r.row][r.col-1:r.col], " \t")
	return r.rest() == "" || apart && r.rest()[0] == '#'
}

// marker reports whether the line marks the begin or the end of a document (9.1.2).
func (r *yamlModel) marker() bool {
	if r.done() || len(r.lines[r.row]) < 3 {
		return false
	}
	line := r.lines[r.row]
	return (line[:3] == "---" || line[:3] == "...") && (len(line) == 3 || line[3] == ' ' || line[3] == '\t')
}

// next goes to the next content of the document, and reports whether there is any.
func (r *yamlModel) next() bool {
	for ; !r.done() && (r.col > 0 || !r.marker()); r.newline() {
		if !r.atEnd() {
			return true
		}
	}
	return false
}

// indent returns the column of a collection that begins here: no tab may be before it
// (6.1).
func (r *yamlModel) indent() int {
	r.check(!strings.Contains(r.lines[r.row][:r.col], "\t"), "a tab in the indentation")
	return r.col
}

// document reads the only document (9.1, 9.2).
func (r *yamlModel) document() yamlNode {
	directives := false
	for ; !r.done() && (r.marker() && r.rest()[0] == '.' || !r.marker() && (r.atEnd() || r.col == 0 && r.rest()[0] == '%')); r.newline() {
		if r.marker() {
			r.ended()
		}
		if strings.HasPrefix(r.rest(), "%") {
			version := strings.Fields(r.rest())
			r.check(!directives && len(version) > 1 && version[0] == "%YAML" && (version[1] == "1.1" || version[1] == "1.2"), "a directive")
			directives = true
		}
	}
	r.col = 0
	r.check(!directives || r.marker() && r.rest()[0] == '-', "a directive without a document")
	var root yamlNode
	switch {
	case r.marker() && r.rest()[0] == '-':
		r.col = 3
		if r.atEnd() {
			r.newline()
			root = r.block(-1)
		} else {
			root = r.inline(-1)
		}
	default:
		root = r.block(-1)
	}
	r.check(!r.next(), "something after the document")
	if r.marker() {
		for ; !r.done(); r.newline() {
			if r.marker() {
				r.ended()
			}
			r.check(r.atEnd(), "something after the end")
		}
	}
	return root
}

// ended reads the marker of a document's end.
func (r *yamlModel) ended() {
	r.check(r.rest()[0] == '.', "a second document")
	r.col = 3
	r.check(r.atEnd(), "something after the end")
}

// block reads the node whose lines are indented more than parent (8.2). The program's
// parser accepts the head of a literal or folded scalar at that column, too.
func (r *yamlModel) block(parent int) yamlNode {
	if !r.next() || r.col < parent || r.col == parent && !strings.ContainsAny(r.rest()[:1], "|>") {
		return yamlNode{}
	}
	return r.blockAt(parent)
}

// indicates reports whether a line goes on with this indicator (8.2).
func (r *yamlModel) indicates(c string) bool {
	rest := r.rest()
	return strings.HasPrefix(rest, c) && (len(rest) == 1 || rest[1] == ' ' || rest[1] == '\t')
}

// blockAt reads the node that begins here.
func (r *yamlModel) blockAt(parent int) yamlNode {
	switch {
	case r.indicates("-"):
		return r.sequence()
	case r.indicates("?"), r.isKey():
		return r.mapping()
	}
	return r.inline(parent)
}

// isKey reports whether a key and a colon are next, on one line (7.4.2, 8.2.2).
func (r *yamlModel) isKey() (is bool) {
	row, col := r.row, r.col
	defer func() {
		if _, ok := recover().(yamlError); ok {
			is = false
		}
		r.row, r.col = row, col
	}()
	r.key()
	return r.row == row && r.colon(false)
}

// key reads a scalar on one line.
func (r *yamlModel) key() string {
	row := r.row
	var name string
	switch rest := r.rest(); {
	case strings.HasPrefix(rest, `"`), strings.HasPrefix(rest, "'"):
		name = r.quoted()
	default:
		r.checkPlain(false)
		name = r.plainLine(false)
	}
	r.check(r.row == row, "a key of two lines")
	r.white()
	return name
}

// colon reports whether a colon that ends a key is next.
func (r *yamlModel) colon(adjacent bool) bool {
	rest := r.rest()
	return strings.HasPrefix(rest, ":") && (adjacent || len(rest) == 1 || rest[1] == ' ' || rest[1] == '\t')
}

func (r *yamlModel) sequence() yamlNode {
	n, at := yamlNode{kind: 'l'}, r.indent()
	for {
		r.col++
		n.list = append(n.list, r.nested(at))
		if !r.next() || r.col < at {
			return n
		}
		if r.col == at && !r.indicates("-") {
			return n // of a mapping at the same column
		}
		r.check(r.indent() == at, "indentation")
	}
}

// nested reads what follows an indicator: a collection may begin on the same line
// (8.2.1).
func (r *yamlModel) nested(at int) yamlNode {
	if r.atEnd() {
		r.newline()
		return r.block(at)
	}
	return r.blockAt(at)
}

func (r *yamlModel) mapping() yamlNode {
	n, at := yamlNode{kind: 'm'}, r.indent()
	for {
		if r.indicates("?") {
			r.col++
			key := r.nested(at)
			f := yamlField{name: r.scalar(key)}
			if r.next() && r.col == at && r.indicates(":") {
				r.col++
				f.value = r.nested(at)
			}
			n.fields = append(n.fields, f)
		} else {
			name := r.key()
			r.check(r.colon(false), "no colon")
			r.col++
			n.fields = append(n.fields, yamlField{name, r.value(at)})
		}
		if !r.next() || r.col < at {
			return n
		}
		r.check(r.indent() == at, "indentation")
	}
}

// value reads the value of a key at a column.
func (r *yamlModel) value(at int) yamlNode {
	if !r.atEnd() {
		return r.inline(at)
	}
	r.newline()
	if r.next() && r.col == at && r.indicates("-") {
		return r.sequence()
	}
	return r.block(at)
}

// inline reads a node that may stand behind a key, and the end of its line.
func (r *yamlModel) inline(parent int) yamlNode {
	n := yamlNode{kind: 's'}
	r.parent = parent
	switch c := r.rest()[0]; c {
	case '|', '>':
		n.text = r.blockScalar(parent)
		return n
	case '[', '{':
		n = r.flow()
	case '"', '\'':
		n.text = r.quoted()
	default:
		r.checkPlain(false)
		n.text, n.plain = r.plain(parent, false), true
	}
	r.check(r.done() || r.atEnd(), "something after a value")
	r.newline()
	return n
}

// flow reads a collection in brackets or braces (7.4).
func (r *yamlModel) flow() yamlNode {
	n, end := yamlNode{kind: 'l'}, "]"
	if r.rest()[0] == '{' {
		n.kind, end = 'm', "}"
	}
	r.depth++
	for r.col++; ; {
		r.flowNext()
		if strings.HasPrefix(r.rest(), end) {
			r.col++
			r.depth--
			return n
		}
		explicit := n.kind == 'm' && (r.indicates("?"))
		if explicit {
			r.col++
			r.flowNext()
		}
		jsonLike := strings.ContainsAny(r.rest()[:1], `"'`)
		item := r.flowNode()
		r.flowNext()
		if n.kind == 'l' {
			n.list = append(n.list, item)
		} else {
			f := yamlField{name: r.scalar(item)}
			if strings.HasPrefix(r.rest(), ":") {
				r.check(jsonLike || r.colon(false) || len(r.rest()) > 1 && strings.ContainsAny(r.rest()[1:2], ",[]{}"), "no colon")
				r.col++
				r.flowNext()
				if !strings.ContainsAny(r.rest()[:1], ",}") {
					f.value = r.flowNode()
					r.flowNext()
				}
			}
			n.fields = append(n.fields, f)
		}
		if strings.HasPrefix(r.rest(), ",") {
			r.col++
			continue
		}
		r.check(strings.HasPrefix(r.rest(), end), "no end of a collection")
	}
}

// flowNext goes to the next content in brackets.
func (r *yamlModel) flowNext() {
	row := r.row
	r.check(r.next(), "a collection without an end")
	if r.row > row {
		r.continues(r.depth == 1)
	}
}

// continues checks the indentation of a line in quotes or brackets (6.3). The last
// bracket may stand at the column around it, as in other parsers.
func (r *yamlModel) continues(mayEnd bool) {
	line := r.lines[r.row]
	indent := len(line) - len(strings.TrimLeft(line, " "))
	end := mayEnd && indent == r.parent && indent < len(line) && strings.ContainsAny(line[indent:indent+1], "]}")
	r.check(indent > r.parent || end, "a line that is not indented")
}

func (r *yamlModel) flowNode() yamlNode {
	switch r.rest()[0] {
	case '[', '{':
		return r.flow()
	case '"', '\'':
		return yamlNode{kind: 's', text: r.quoted()}
	}
	r.checkPlain(true)
	return yamlNode{kind: 's', plain: true, text: r.plain(0, true)}
}
