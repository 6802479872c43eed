package report_test

import (
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	renderer "github.com/yuin/goldmark/renderer/html"
)

// tag matches an HTML tag, even an unclosed one. It matches nothing else, because
// "<" is an entity in rendered text.
var tag = regexp.MustCompile(`<[^>]*>?`)

// render renders Markdown, including raw HTML, as GitHub does. It returns the tags
// in order, with their attributes, and the visible text.
func render(markdown string) (tags []string, text string) {
	github := goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote),
		goldmark.WithRendererOptions(renderer.WithUnsafe()),
	)
	var b strings.Builder
	if err := github.Convert([]byte(markdown), &b); err != nil {
		panic(err) // a strings.Builder accepts anything
	}
	return tag.FindAllString(b.String(), -1), html.UnescapeString(tag.ReplaceAllString(b.String(), ""))
}
