package report_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

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

func TestRender(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, markdown string
		tags           []string
		text           string
	}{
		{"text", "a < b & c", []string{"<p>", "</p>"}, "a < b & c\n"},
		{"entities", "&#60;b&#62; &#42;c&#42;", []string{"<p>", "</p>"}, "<b> *c*\n"},
		{"link", "[a](https://b.example)", []string{"<p>", `<a href="https://b.example">`, "</a>", "</p>"}, "a\n"},
		{"bare link", "www.b.example", []string{"<p>", `<a href="http://www.b.example">`, "</a>", "</p>"}, "www.b.example\n"},
		{"image", "![a](b)", []string{"<p>", `<img src="b" alt="a">`, "</p>"}, "\n"},
		{"raw HTML", "<script>a</script>", []string{"<script>", "</script>"}, "a"},
		{"raw HTML that is not closed", "<div onclick=a", []string{"<div onclick=a"}, ""},
		{"comment", "a <!-- b --> c", []string{"<p>", "<!-- b -->", "</p>"}, "a  c\n"},
		{"strikethrough", "~~a~~", []string{"<p>", "<del>", "</del>", "</p>"}, "a\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tags, text := render(tt.markdown)
			diff(t, tt.tags, tags)
			diff(t, tt.text, text)
		})
	}
}
