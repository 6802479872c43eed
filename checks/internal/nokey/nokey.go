// Package nokey recognizes texts that are certainly no Flexy API key, because each
// send of one costs an attempt before the API blocks the sender's address.
//
// The form of a key is not documented, so nothing is refused for its shape: each rule
// recognizes a whole text by what it is instead of a key, such as a path.
package nokey

import (
	"slices"
	"strings"

	"flexy-key-check/checks/internal/flexy"
)

// A Class is one of the kinds of texts that are certainly no key.
type Class int

// The classes.
const (
	Header      Class = iota + 1 // not what an HTTP header can carry as a key
	Value                        // the result of an expression, or another setting's value
	Expansion                    // one that did not happen
	Reference                    // to a secret that is elsewhere
	Path                         // of a file
	Document                     // JSON or PEM
	Mask                         // what a log shows instead of a secret
	Placeholder                  // what documentation shows instead of a key
	Foreign                      // an example's key, or another service's token
	Marked                       // a key with something around it
)

// A Reason is why a text is no key. Its texts show nothing of it; they have the names
// of settings in braces.
type Reason struct {
	Class Class
	Found string // what the text is
	Hint  string // what to do next
}

// A rule is a reason, and the texts that it applies to.
type rule struct {
	is func(text string) bool
	Reason
}

// maxKey is the greatest length of a key, in bytes.
const maxKey = 256

const (
	storeAlone = "store the key alone"
	wrongValue = "check which value is given here: it must be the key itself, from a secret"
	realKey    = "put the real key into the secret; it is generated in " + flexy.Dashboard
)

// rules are in the order in which they apply: of two that match, the first says more.
var rules = []rule{
	{isMask, Reason{Mask, "masked, as a log shows a secret", "copy the value itself into the secret"}},
	{isExpression, Reason{Expansion, "an expression that was not evaluated", "write ${{ secrets.NAME }} in the workflow: neither less, nor as text in the secret"}},
	{isExpansion, Reason{Expansion, "a variable that was not expanded", "the value itself must arrive: ${{ secrets.NAME }} in a workflow, \"$NAME\" in double quotes in a shell"}},
	{isResult, Reason{Value, "the result of an expression, not a secret", "an expression without its last part gives this: write || '' at its end, and check the names in it"}},
	{isDate, Reason{Value, "a date", wrongValue}},
	{isAddresses, Reason{Value, "an IP address or a network", wrongValue}},
	{isPhone, Reason{Value, "a phone number", wrongValue}},
	{isNumber, Reason{Value, "a number", wrongValue}},
	{isPEM, Reason{Document, "a certificate or another document in PEM form", storeAlone}},
	{isJSON, Reason{Document, "a JSON document", "take the key out of it, and " + storeAlone}},
	{isReference, Reason{Reference, "the address of something, or a reference to a secret in a store", "the value itself must arrive: read it from there in an earlier step"}},
	{isPath, Reason{Path, "the path of a file", "give the file's content; outside an action _FILE, appended to the variable's name, takes a path; a GitLab variable must have the type Variable, not File"}},
	{isBearer, Reason{Header, `begins with "Bearer"`, "remove the word: the API expects the key alone"}},
	{isQuoted, Reason{Header, "in quotes", "store the key without them"}},
	{isAssignment, Reason{Header, "begins with a name", storeAlone}},
	{isExample, Reason{Foreign, "an example from the documentation", realKey}},
	{IsGitHubToken, Reason{Foreign, "a GitHub token", "is it swapped with {secrets-token}? put the Flexy key here; nothing was sent"}},
	{isToken, Reason{Foreign, "a token of another service", "put the Flexy key here; nothing was sent"}},
	{isMarked, Reason{Marked, "a key with something around it", storeAlone + ", without brackets, name, comma, line feed or a second copy"}},
	{isEncoded, Reason{Marked, "the base64 form of a key", "decode it first, as `base64 -d` does"}},
	{IsPlaceholder, Reason{Placeholder, "a placeholder", realKey}},
	{isUTF16, Reason{Header, "UTF-16, or has NUL characters", "save it as UTF-8 without a byte order mark"}},
	{hasMark, Reason{Header, "begins with a byte order mark", "save it as UTF-8 without a byte order mark"}},
	{hasLineBreak, Reason{Header, "contains a line break", "the secret holds more than the key, or the key was wrapped: store it on one line"}},
	{Unprintable, Reason{Header, "contains a space, a control character or a non-ASCII character", "copy the key again: something else was copied with it"}},
	{isLong, Reason{Header, "longer than 256 characters", "the secret contains something other than the key: " + storeAlone}},
}

// Of returns why a text, without white space around it, is certainly no key; ok
// reports that it is none.
func Of(text string) (reason Reason, ok bool) {
	for _, r := range rules {
		if r.is(text) {
			return r.Reason, true
		}
	}
	return Reason{}, false
}

// OfToken returns why a text is certainly no token for GitHub.
func OfToken(text string) (reason Reason, ok bool) {
	if IsUUID(text) {
		return Reason{Foreign, "a UUID, as a Flexy API key is", "is it swapped with {api-key}? put the token here; nothing was sent"}, true
	}
	reason, ok = Of(text)
	if reason.Class == Placeholder {
		reason.Hint = "put the token itself into the secret"
	}
	return reason, ok && slices.Contains([]Class{Value, Expansion, Reference, Mask, Placeholder}, reason.Class)
}

// Unprintable reports whether an HTTP header cannot carry a text as a key or a token.
func Unprintable(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

func isLong(text string) bool       { return len(text) > maxKey }
func hasLineBreak(text string) bool { return strings.ContainsAny(text, "\r\n") }
func hasMark(text string) bool      { return strings.HasPrefix(text, "\ufeff") }

// isUTF16 reports whether a text has a byte order mark of UTF-16, or NULs, which
// letters in UTF-16 have.
func isUTF16(text string) bool {
	return strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") || strings.Contains(text, "\x00")
}
