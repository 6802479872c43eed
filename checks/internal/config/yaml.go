package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// What of YAML a policy file may use. The library has no limit of depth. It
// takes time with the square of the number of fields, with that of list items,
// and with the blank lines at the end of a block of text times its length.
const (
	maxPolicyDepth  = 8
	maxPolicyFields = 20 * MaxPolicyKeys
	maxPolicyItems  = 20_000
	maxBlankLines   = 100
	maxRefused      = 100 // tokens, until nobody wants to read on
)

// readable refuses what the lexer is not made for.
func (p policyReader) readable(text string) bool {
	at, written := token.Position{Line: 1, Column: 1}, 0 // the last line with something on it
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			p.fail("", &token.Token{Position: &at}, "expected UTF-8 text, found something else", "save the file as UTF-8")
			return false
		case r == '\n', r == '\r' && !strings.HasPrefix(text[i+1:], "\n"):
			if at.Line-written > maxBlankLines {
				p.fail("", &token.Token{Position: &at}, fmt.Sprintf("expected at most %d blank lines in a row, found more", maxBlankLines), "remove them")
				return false
			}
			at.Line, at.Column = at.Line+1, 0
		case !unicode.IsSpace(r):
			written = at.Line
		}
		at.Column++
	}
	return true
}

// plain refuses what a policy file has no use for, before the parser sees it:
// the parser has no limit of depth or time, and aliases, merges and tags let a
// line mean something else than it says. It reports whether the rest can be
// judged all the same.
func (p policyReader) plain(tokens token.Tokens) bool {
	var depth nesting
	fields, items := 0, 0
	begun, ended, second := false, false, false // documents
	for _, t := range tokens {
		found, readable := "", false
		switch t.Type {
		case token.CommentType:
			continue
		case token.MappingValueType:
			fields++
		case token.SequenceEntryType, token.CollectEntryType:
			items++
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			found, readable = "an anchor, alias or merge", true
		case token.TagType:
			found, readable = "a tag", true
		case token.DirectiveType:
			found = "a directive"
		case token.MappingKeyType:
			found = "a complex key"
		case token.InvalidType:
			found = "something that is no YAML"
		}
		switch {
		case depth.add(t) > maxPolicyDepth:
			found, readable = fmt.Sprintf("nesting deeper than %d", maxPolicyDepth), false
		case fields > maxPolicyFields:
			found, readable = fmt.Sprintf("more fields than %d keys can have", MaxPolicyKeys), false
		case items > maxPolicyItems:
			found, readable = fmt.Sprintf("more than %d list items", maxPolicyItems), false
		case !second && (ended || begun && t.Type == token.DocumentHeaderType):
			found, readable, second = "a second document", true, true
		}
		begun, ended = true, ended || t.Type == token.DocumentEndType
		if found != "" {
			hint := "write the file with mappings, lists and plain values only"
			if t.Type == token.InvalidType {
				hint = "correct the syntax; indent with spaces, not with tabs"
			}
			p.fail("", t, "expected a plain policy file, found "+found, hint)
			p.refused[p.at("", t)] = true
		}
		if found != "" && !readable || len(p.refused) >= maxRefused {
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
		n.flow = max(n.flow-1, 0)
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

// bare takes off a node what has been refused already, to judge the rest.
func bare(node ast.Node) ast.Node {
	switch n := node.(type) {
	case *ast.AnchorNode:
		return bare(n.Value)
	case *ast.TagNode:
		return bare(n.Value)
	}
	return node
}

// start is the token at which a node stands, nil if there is none.
func start(node ast.Node) *token.Token {
	if node == nil {
		return nil
	}
	return node.GetToken()
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
