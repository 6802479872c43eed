package nokey

import (
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
	"time"

	"flexy-key-check/checks/internal/plain"
)

const (
	digits   = "0123456789"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	letters  = capitals + "abcdefghijklmnopqrstuvwxyz"
)

// only reports whether a text is not blank and consists of some characters only.
func only(text, characters string) bool {
	return text != "" && strings.Trim(text, characters) == ""
}

// within reports whether a text begins and ends like this, and returns what is
// between.
func within(text, open, end string) (inner string, ok bool) {
	if len(text) < len(open)+len(end) || !strings.HasPrefix(text, open) || !strings.HasSuffix(text, end) {
		return "", false
	}
	return text[len(open) : len(text)-len(end)], true
}

// hasPrefix reports whether a text begins with one of several texts.
func hasPrefix(text string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}

// isConstant reports whether a text is a name in capitals.
func isConstant(text string) bool {
	return only(text, capitals+digits) && !strings.ContainsAny(text[:1], digits) && strings.Trim(text, "_"+digits) != ""
}

// isVariable reports whether a text is a variable's name: in capitals, or of words
// that placeholders consist of.
func isVariable(text string) bool {
	return isConstant(text) || only(text, letters) && IsPlaceholder(text)
}

// isName reports whether a text is a name in a program: in capitals, of words with "_"
// between them, or of letters and "-" with no digits but at the end. A key would have
// more.
func isName(text string) bool {
	words := strings.Contains(text, "_") && only(text, letters+digits+"-") && !strings.ContainsAny(text[:1], digits)
	return words || isConstant(text) || text != "" && only(strings.TrimRight(text, digits), letters+"-")
}

// bracketed returns a text without the pairs of brackets around it.
func bracketed(text string) (inner string, found bool) {
	for _, pair := range []string{"()", "[]", "{}", "<>"} {
		if inner, ok := within(text, pair[:1], pair[1:]); ok {
			inner, _ = bracketed(strings.TrimSpace(inner))
			return inner, true
		}
	}
	return text, false
}

// Class Header.

func isBearer(text string) bool {
	first, _, _ := strings.Cut(strings.ToLower(text), " ")
	return first == "bearer"
}

func isQuoted(text string) bool {
	last := len(text) - 1
	return last > 0 && text[0] == text[last] && strings.ContainsAny(text[:1], "\"'`")
}

// isAssignment reports whether a text is a key that was copied with its name, such as
// FLEXY_API_KEY=… or X-Access-Token: …. A key in base64 can end in "=".
func isAssignment(text string) bool {
	header, _, isHeader := strings.Cut(text, ":")
	name, value, isAssigned := strings.Cut(strings.TrimPrefix(text, "export "), "=")
	if isHeader && slices.Contains([]string{"x-access-token", "authorization"}, strings.ToLower(strings.TrimSpace(header))) {
		return true
	}
	if value == "" {
		return isAssigned && strings.Contains(name, "_") && isConstant(name) && IsPlaceholder(name)
	}
	return isAssigned && isConstant(name) && value[0] != '='
}

// Class Value.

// isResult reports whether a text is what an expression gives when there is nothing
// to give.
func isResult(text string) bool {
	inner, _ := bracketed(text)
	return isTruthValue(text) || isListed("nothing", strings.ReplaceAll(inner, " ", "-"))
}

// isTruthValue reports whether a text is true or false, or what YAML takes for that.
func isTruthValue(text string) bool {
	return slices.Contains([]string{"true", "false", "yes", "no", "on", "off"}, strings.ToLower(text))
}

const maxDigits = 20 // of a number: a longer one can be a key

func isNumber(text string) bool {
	n := countDigits(text)
	return 0 < n && n <= maxDigits
}

// countDigits returns how many digits a number has, or 0 for any other text. A number may
// have a sign, groups of thousands, a fraction and an exponent.
func countDigits(text string) int {
	rest := strings.TrimLeft(text, "+-")
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(rest), "e")
	exponentDigits := strings.TrimLeft(exponent, "+-")
	if len(text)-len(rest) > 1 || hasExponent && (!only(exponentDigits, digits) || len(exponentDigits) > 3 || len(exponent)-len(exponentDigits) > 1) {
		return 0
	}
	whole, fraction := mantissa, ""
	if at := strings.LastIndexAny(mantissa, ".,"); at >= 0 {
		whole, fraction = mantissa[:at], mantissa[at+1:]
	}
	if strings.ContainsAny(whole, ",.") && !isGrouped(mantissa) && !isGrouped(whole) {
		return 0
	}
	all := strings.NewReplacer(",", "", ".", "").Replace(whole) + fraction
	if !only(all, digits) {
		return 0
	}
	return len(all) + len(exponentDigits)
}

// isGrouped reports whether commas separate the thousands of a number.
func isGrouped(text string) bool {
	groups := strings.Split(text, ",")
	for _, group := range groups[1:] {
		if len(group) != 3 || !only(group, digits) {
			return false
		}
	}
	return len(groups[0]) <= 3 && only(groups[0], digits)
}

// isPhone reports whether a text is a phone number. A key may have groups of digits,
// so there must be a sign of a phone number: a "+", a leading 0, an area code in
// parentheses, or the groups of an Algerian or North American number.
func isPhone(text string) bool {
	const separators = "-.()/ \t\u00a0\u202f\u2011"
	text = strings.TrimPrefix(strings.ToLower(text), "tel:")
	groups := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) })
	number := strings.Join(groups, "")
	unsigned := strings.TrimPrefix(number, "+")
	if !only(unsigned, digits) || len(unsigned) < 6 || len(unsigned) > 15 {
		return false
	}
	local := groups
	if len(groups) == 4 && groups[0] == "1" { // the country's code
		local = groups[1:]
	}
	american := len(local) == 3 && len(local[0]) == 3 && len(local[1]) == 3 && len(local[2]) == 4
	algerian := len(unsigned) == 9 && len(groups) >= 4 || len(unsigned) == 12 && groups[0] == "213"
	return unsigned != number || hasPrefix(text, "00", "(") || text[0] == '0' && len(unsigned) <= 12 || american || algerian
}

// dateForms are the layouts of dates and times.
var dateForms = []string{
	time.DateOnly, "2006-1-2", "2006/01/02", "2006.01.02", "02/01/2006", "01/02/2006", "02-01-2006", "01-02-2006", "02.01.2006", "2/1/2006", "1/2/2006", "2.1.2006",
	time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15Z07:00",
	time.DateTime, "2006-01-02 15:04", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700",
	time.RFC1123, time.RFC1123Z, time.UnixDate, time.ANSIC, "2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006",
	"2-Jan-2006", "2006-Jan-2", "20060102T150405Z0700", "20060102T150405", "20060102-150405",
}

// isDate reports whether a text is a date or a time, in any case.
func isDate(text string) bool {
	const longest = 40 // bytes
	text = strings.ToUpper(text)
	return len(text) <= longest && slices.ContainsFunc(dateForms, func(form string) bool {
		_, err := time.Parse(form, text)
		return err == nil
	})
}

// isAddresses reports whether a text is an IP address or a network, with or without a
// port, or several of them.
func isAddresses(text string) bool {
	items := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r <= ' ' })
	return len(items) > 0 && !slices.ContainsFunc(items, func(item string) bool {
		_, notAddress := netip.ParseAddr(strings.Trim(item, "[]"))
		_, notPrefix := netip.ParsePrefix(item)
		_, notPort := netip.ParseAddrPort(item)
		return notAddress != nil && notPrefix != nil && notPort != nil
	})
}

// Class Expansion.

// isExpression reports whether a text is an expression of a workflow or a program,
// or contains one of a workflow.
func isExpression(text string) bool {
	_, templated := within(text, "{{", "}}")
	return templated || strings.Contains(text, "${{") || isReading(text)
}

// isReading reports whether a text is code that reads a variable or a secret, such as
// secrets.NAME or env('NAME').
func isReading(text string) bool {
	lower := strings.ToLower(text)
	for _, object := range []string{"secrets", "vars", "env", "process.env", "import.meta.env", "inputs"} {
		if strings.HasPrefix(lower, object+".") && isName(text[len(object)+1:]) {
			return true
		}
	}
	if at := strings.IndexAny(text, "[("); at > 0 && (strings.HasSuffix(text, "]") || strings.HasSuffix(text, ")")) {
		return slices.Contains([]string{
			"secrets", "vars", "env", "$env", "$_env", "$_server", "getenv", "process.env", "import.meta.env", "os.getenv", "os.environ", "os.environ.get",
			"system.getenv", "deno.env.get", "env.fetch", "inputs",
		}, lower[:at])
	}
	return lower == "github.token" || hasPrefix(lower, "steps.", "needs.") && strings.Contains(lower, ".outputs.")
}

// isExpansion reports whether a whole text is a variable that a shell, a CI or a
// template should have replaced.
func isExpansion(text string) bool {
	for _, pair := range [][2]string{{"${", "}"}, {"$(", ")"}, {"#{", "}#"}} {
		if _, ok := within(text, pair[0], pair[1]); ok {
			return true
		}
	}
	for _, pair := range [][2]string{{"%", "%"}, {"%env.", "%"}, {"@", "@"}, {"__", "__"}, {"#{", "}"}, {"$", ""}, {"$$", ""}, {`\$`, ""}} {
		if inner, ok := within(text, pair[0], pair[1]); ok && isVariable(inner) {
			return true
		}
	}
	const shell = "$env:" // PowerShell's
	return len(text) > len(shell) && strings.EqualFold(text[:len(shell)], shell) && isName(text[len(shell):])
}

// Class Reference.

func isReference(text string) bool {
	scheme, _, hasScheme := strings.Cut(text, "://")
	if hasScheme && only(scheme, letters+digits+"+.-:") && !strings.ContainsAny(scheme[:1], digits+"+.-:") && !strings.Contains(scheme, "_") {
		return true
	}
	lower := strings.ToLower(text)
	_, encrypted := within(text, "ENC[", "]")
	_, encoded := within(text, "ENC(", ")")
	return hasPrefix(lower, "arn:") || hasPrefix(lower, "@microsoft.") && strings.HasSuffix(text, ")") && strings.Contains(text, "(") ||
		hasPrefix(lower, "vault:") && strings.Contains(text, "#") ||
		hasPrefix(lower, "projects/", "/projects/") && strings.Contains(lower, "/secrets/") || encrypted || encoded
}

// Class Path.

// folders are the usual ones at the root of a file system.
var folders = []string{
	"/run/", "/etc/", "/var/", "/home/", "/tmp/", "/builds/", "/usr/", "/opt/", "/root/", "/mnt/", "/srv/", "/app/", "/dev/", "/proc/", "/sys/", "/secrets/",
	"/github/", "/workspace/", "/workspaces/", "/data/", "/config/", "/Users/", "/private/", "/media/", "/vault/", "/kaniko/", "/bin/", "/lib/",
	"/Volumes/", "/Library/", "/cygdrive/", "/certs/", "/keys/", "/credentials/", "/codebuild/", "/kubernetes/", "/nix/", "/snap/", "/project/", "/src/",
}

// isPath reports whether a text is the path of a file. One in base64 can begin with
// "/", too, but has no ".", "_" or "-" then.
func isPath(text string) bool {
	drive := len(text) > 2 && only(text[:1], letters) && text[0] != '_' && text[1] == ':' && strings.ContainsAny(text[2:3], `/\`)
	return drive || hasPrefix(text, "./", "../", "~/", `.\`, `..\`, `~\`, `\\`) ||
		strings.HasPrefix(text, "/") && strings.ContainsAny(text, "._-") || hasPrefix(text, folders...)
}

// Class Document.

func isPEM(text string) bool { return strings.HasPrefix(text, "-----BEGIN") }

func isJSON(text string) bool {
	return text != "" && strings.ContainsAny(text[:1], "{[") && strings.HasPrefix(strings.TrimLeft(text[1:], " \t\r\n[{\\"), `"`)
}

// Class Foreign.

const nilUUID = "00000000-0000-0000-0000-000000000000"

// isExample reports whether a text is a UUID of the API's documentation, or the nil
// UUID.
func isExample(text string) bool {
	return text == nilUUID || strings.EqualFold(text, "ea27b376-9f5c-4b09-883f-1b96cd7b541c")
}

// IsGitHubToken reports whether a text begins as GitHub's tokens do: ghp_, gho_,
// ghu_, ghs_, ghr_ and github_pat_.
func IsGitHubToken(text string) bool {
	return strings.HasPrefix(text, "github_pat_") || len(text) > 3 && text[:2] == "gh" && only(text[2:3], letters) && text[2] != '_' && text[3] == '_'
}

// isToken reports whether a text begins as the tokens of GitLab, Slack, npm, Docker
// and Vault do.
func isToken(text string) bool {
	return hasPrefix(text,
		"glpat-", "gloas-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glwt-", "glsoat-", "glffct-",
		"xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-", "npm_", "dckr_pat_", "hvs.", "hvb.")
}

// Class Marked.

var uuid = plain.Pattern(`\A[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\z`)

// IsUUID reports whether a text is a UUID with its hyphens.
func IsUUID(text string) bool { return len(text) == len(nilUUID) && uuid().MatchString(text) }

// isMarked reports whether a text is a whole UUID within marks, or two of them.
func isMarked(text string) bool {
	if len(text) > maxKey {
		return false
	}
	inner := text
	for next := unmarked(text); next != inner; next = unmarked(inner) {
		inner = next
	}
	return inner != text && IsUUID(inner) || isTwice(inner)
}

// lineBreaks are those that were written as two characters.
var lineBreaks = []string{`\n`, `\r`}

// unmarked returns a text without one of the marks around it: brackets, quotes,
// a name before it, a comma, semicolon or line break after it.
func unmarked(text string) string {
	text = strings.TrimSpace(text)
	for _, end := range append([]string{",", ";"}, lineBreaks...) {
		if rest, ok := strings.CutSuffix(text, end); ok {
			return rest
		}
	}
	if inner, ok := bracketed(text); ok {
		return inner
	}
	if isQuoted(text) {
		return text[1 : len(text)-1]
	}
	if at := strings.IndexAny(text, "=:"); at > 0 {
		name := strings.TrimLeft(strings.Trim(strings.TrimSpace(text[:at]), "\"'`$"), "-") // of an argument, too
		if only(name, letters+digits+".-") && !strings.ContainsAny(name[:1], digits+".") && !IsUUID(name) {
			return strings.TrimLeft(text[at+1:], ":=>")
		}
	}
	return text
}

// isTwice reports whether a text is one UUID twice, or two in a list.
func isTwice(text string) bool {
	const length = len(nilUUID)
	if len(text) < 2*length {
		return false
	}
	first, last := text[:length], text[len(text)-length:]
	between := strings.NewReplacer(`\n`, ";", `\r`, ";").Replace(text[length : len(text)-length])
	if !IsUUID(first) || !IsUUID(last) || strings.ContainsAny(between, letters+digits+"-") {
		return false
	}
	return strings.EqualFold(first, last) || between != "" && strings.Trim(between, ",; \t\r\n") == ""
}

// isEncoded reports whether a text is a UUID in base64, with or without a line feed.
func isEncoded(text string) bool {
	const most = 64 // characters
	if len(text) > most {
		return false
	}
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	return err == nil && IsUUID(strings.Trim(string(decoded), "\r\n \t\"'"))
}
