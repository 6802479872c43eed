package report_test

import (
	"html"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/config"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/test/testkit"

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

// Of all hints, only these parts are a setting with a colon. A sentence with a colon
// after the word for a setting would be code, too.
func TestSettingsInHints(t *testing.T) {
	t.Parallel()
	messages, err := os.ReadFile("../../../testdata/golden/messages.txt")
	testkit.NoError(t, err)
	hints, found := map[string]bool{}, map[string]bool{}
	for _, hint := range regexp.MustCompile(`(?m)^hint: (.*)`).FindAllSubmatch(messages, -1) {
		hints[string(hint[1])] = true
	}
	for hint := range hints {
		r := misconfigured(mistake.Mistake{Notice: mistake.Say("blank", hint)})
		for _, input := range config.Inputs() {
			r.Settings = append(r.Settings, input.Name)
		}
		for _, field := range config.PolicyFields() {
			r.Settings = append(r.Settings, field.Policy)
		}
		for _, code := range regexp.MustCompile("`([a-z-]+:.*?)`").FindAllStringSubmatch(actions(t, r).summary, -1) {
			found[code[1]] = true
		}
	}
	testkit.Diff(t, []string{
		"env:", "environment:", "environment: production", "expect-type: SANDBOX", "on-missing-key: skip", "permissions:", "secrets: inherit",
		"type: SANDBOX", "with:",
	}, slices.Sorted(maps.Keys(found)))
}
