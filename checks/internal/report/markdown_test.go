package report_test

import (
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	renderer "github.com/yuin/goldmark/renderer/html"
)

// tag matches an HTML tag, one that is never closed too. In rendered text "<"
// is an entity, so nothing else matches.
var tag = regexp.MustCompile(`<[^>]*>?`)

// render renders Markdown as GitHub does, raw HTML included, and returns the
// tags of the result, in order and with their attributes, and its visible text.
func render(markdown string) (tags []string, text string) {
	github := goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote),
		goldmark.WithRendererOptions(renderer.WithUnsafe()),
	)
	var b strings.Builder
	if err := github.Convert([]byte(markdown), &b); err != nil {
		panic(err) // a strings.Builder takes anything
	}
	return tag.FindAllString(b.String(), -1), html.UnescapeString(tag.ReplaceAllString(b.String(), ""))
}
