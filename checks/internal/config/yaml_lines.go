package config

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"
)

// indented reports lines of a text in quotes or of a collection in brackets that are
// not indented more than the collection around it, which begins at a column. YAML 1.2
// refuses them, the parser does not. It returns whether there are none.
func (r policyReader) indented(n *yaml.Node, column int, lines []string) bool {
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle
	flow := n.Style&yaml.FlowStyle != 0
	if !flow && n.Style&quoted == 0 {
		ok := true
		for i, child := range n.Content {
			within := lines
			if n.Kind == yaml.MappingNode && i%2 == 0 { // a key ends where its value begins
				within = lines[:min(n.Content[i+1].Line, len(lines))]
			}
			ok = r.indented(child, n.Column, within) && ok
		}
		return ok
	}
	for i := n.Line; i < len(lines); i++ {
		text := strings.TrimLeft(lines[i], " ")
		indent := len(lines[i]) - len(text)
		if indent >= column || strings.Trim(text, " \t\r") == "" || flow && text[0] == '#' {
			continue
		}
		first := string([]rune(lines[n.Line-1])[n.Column-1:])
		before := strings.Join(append([]string{first}, lines[n.Line:i]...), "\n") + "\n"
		if ends(before) || flow && indent == column-1 && ends(before+lines[i][:column]) { // its last bracket, as many write it
			return true
		}
		r.fail("", &yaml.Node{Line: i + 1, Column: indent + 1}, "indent this line more than the field or the entry that it belongs to", "a line of a value that is not indented")
		return false
	}
	return true
}

// ends reports whether a text in quotes or a collection in brackets is whole: the parser
// takes it, but for aliases of what is elsewhere.
func ends(value string) bool {
	var n yaml.Node
	err := yaml.Load([]byte(value), &n)
	syntax, ok := errors.AsType[*yaml.LoadError](err)
	return err == nil || ok && strings.HasPrefix(syntax.Message, "unknown anchor")
}
