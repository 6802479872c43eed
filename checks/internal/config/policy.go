package config

import (
	"path/filepath"
	"slices"
	"strings"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
	"flexy-key-check/checks/internal/mistake"
	"flexy-key-check/checks/internal/plain"
	"flexy-key-check/checks/internal/secret"
)

// The limits of a policy file.
const (
	maxPolicy      = 256 << 10 // bytes
	maxPolicyDepth = 8         // nested lists and mappings
	MaxPolicyKeys  = 300
	maxRevoked     = 2    // each costs a failed attempt
	maxMistakes    = 1000 // that the reader reports
)

// A policyEntry is one entry of a policy file, and its key.
type policyEntry struct {
	at         mistake.Place     // of the entry
	env        field             // the only field that is not a setting: the variable with the key
	fields     map[string]*field // by their name in the file
	misspelled []string          // the fields that unknown ones were probably meant to be
	leftOut    bool              // by only: this run does not look at its key
	key        secret.Value
}

// envInput describes the field env.
var envInput = &Input{Policy: "env", Doc: "The environment variable that holds the key: it begins with FLEXY_, ONECLICK_ or ONECLICKDZ_."}

// PolicyFields returns the fields of an entry in documented order.
func PolicyFields() []*Input {
	fields := []*Input{envInput}
	for _, input := range inputs() {
		if input.Policy != "" {
			fields = append(fields, input)
		}
	}
	return fields
}

// given returns the fields that the entry gives, and env, in the file's order.
func (e *policyEntry) given() []*field {
	all := []*field{&e.env}
	for _, f := range e.fields {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *field) int {
		return mistake.Mistake{Place: a.place}.Compare(mistake.Mistake{Place: b.place})
	})
	return all
}

// value returns the value of one of the entry's fields, or "".
func (e *policyEntry) value(field string) string {
	if f, ok := e.fields[field]; ok {
		return f.value
	}
	return ""
}

// over returns the step's settings, overridden by the entry's fields. The fields
// of a group are overridden together, and no entry inherits a name.
func (e *policyEntry) over(step settings) settings {
	groups := map[string]bool{"name": true}
	for _, f := range e.fields {
		groups[f.input.group] = true
	}
	delete(groups, "")
	for _, f := range step.all() {
		if f.input.Policy == "" {
			continue
		}
		if own, ok := e.fields[f.input.Policy]; ok {
			*f = *own
			continue
		}
		missing := field{input: f.input, place: e.place(f.input.Policy), fromPolicy: true}
		missing.reported = slices.Contains(e.misspelled, f.input.Policy)
		if f.input.Policy == "name" || groups[f.input.group] || missing.reported {
			*f = missing
		}
	}
	return step
}

// place returns the entry's place for a field that it does not give.
func (e *policyEntry) place(name string) mistake.Place {
	at := e.at
	at.Name = name
	return at
}

// namePlace returns the place of the entry's name, or of the entry without one.
func (e *policyEntry) namePlace() mistake.Place {
	if name, ok := e.fields["name"]; ok {
		return name.place
	}
	return e.at
}

// keyPlace returns the place of the entry's key: that of env, or of the name.
func (e *policyEntry) keyPlace() mistake.Place {
	if e.env.value != "" {
		return e.env.place
	}
	return e.namePlace()
}

// places returns the place of each check's expectation: of those fields of the
// check that the entry gives, the one with the lowest number in its tag. Without
// any, it is the place of the entry's name.
func (e *policyEntry) places() map[string]mistake.Place {
	at := e.namePlace()
	places := map[string]mistake.Place{checks.Distinct.ID: e.keyPlace()}
	for _, id := range checks.IDs() {
		if _, ok := places[id]; !ok {
			places[id] = at
		}
	}
	first := map[string]string{}
	for _, f := range e.fields {
		id, rank, ok := strings.Cut(f.input.check, " ")
		if ok && (first[id] == "" || rank < first[id]) {
			first[id], places[id] = rank, f.place
		}
	}
	return places
}

// readPolicy reads the policy file and the keys that it names. It does not judge
// values. Its mistakes show nothing of the file except the names of fields,
// because a key may have been pasted there.
func (s *Source) readPolicy(path field) {
	name := path.value
	if workspace := s.lookup.get("GITHUB_WORKSPACE"); s.action && workspace != "" && !filepath.IsAbs(name) {
		name = filepath.Join(workspace, name)
	}
	r := policyReader{parser: s.parser, file: filepath.ToSlash(filepath.Clean(path.value)), unsupported: map[mistake.Place]bool{}}
	text, fault := readRegular(name, maxPolicy)
	switch {
	case strings.HasPrefix(fault, "the file is larger"):
		r.fail("", nil, "split the file, and run the check once for each part", "%s", fault)
	case fault != "":
		hint := "give the path of a YAML file, relative to the working directory"
		if s.action {
			hint = "give the path of a YAML file, relative to the workspace (is there a checkout step?)"
		}
		s.parser.fail(path.place, hint, "%s", fault)
	default:
		s.entries = r.read(text)
	}
	chosen := map[string]bool{}
	for _, name := range names(s.settings.Only) {
		chosen[nameID(name.value)] = true
	}
	for i := range s.entries {
		e := &s.entries[i]
		if e.leftOut = len(chosen) > 0 && !chosen[nameID(e.value("name"))]; e.leftOut || variableFault(e.env.value) != notFaulty {
			continue
		}
		if e.key = secret.New(s.readSecret(e.env.value)); !e.key.Blank() {
			s.keys = append(s.keys, e.key)
		}
	}
}

// forgetPolicy drops the policy file and all mistakes about it, because its path
// must not be shown.
func (s *Source) forgetPolicy() {
	s.entries = nil
	s.parser.mistakes = slices.DeleteFunc(s.parser.mistakes, func(m mistake.Mistake) bool {
		return m.Place.File != "" || m.Place.Name == s.settings.Policy.place.Name
	})
}

// names splits a list of names at commas and line breaks, because names have spaces.
func names(f field) []field {
	var names []field
	for name := range strings.FieldsFuncSeq(f.value, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if name = strings.TrimSpace(name); name != "" {
			item := f
			item.value = name
			names = append(names, item)
		}
	}
	return names
}

// A faultyVariable is why an entry may not name a variable.
type faultyVariable int

const (
	notFaulty   faultyVariable = iota
	noVariable                 // not the name of a variable for a key
	ownVariable                // the program itself reads it
	fileOfKey                  // it holds the path of a key's file
)

var variableName = plain.Pattern(`\A(FLEXY|ONECLICK|ONECLICKDZ)_[A-Za-z0-9_]+\z`)

func variableFault(name string) faultyVariable {
	switch upper := strings.ToUpper(name); {
	case !variableName().MatchString(name):
		return noVariable
	case isVariable(upper):
		return ownVariable
	case strings.HasSuffix(upper, fileSuffix):
		return fileOfKey
	}
	return notFaulty
}

// shownVariable returns the name of an entry's variable for a message. A key that was
// pasted behind it is hardly ever in capitals.
func shownVariable(name string) string {
	if strings.ToUpper(name) != name {
		return "the variable"
	}
	return name
}

// whatIs says what the program itself reads from a variable.
func whatIs(variable string) string {
	for _, input := range inputs() {
		switch variable {
		case input.Variable():
			return "the input " + input.Name
		case input.Variable() + fileSuffix:
			return "the path of a file with the input " + input.Name
		}
	}
	return "the format of the report"
}

// policyStep reports settings that cannot be combined with a policy file, and names
// in only that no entry has.
func (p *parser) policyStep(s settings, c Config, given []policyEntry) {
	own := func(e policyEntry) bool { return !p.action && e.env.value == variable("api-key") } // that is the mistake
	if !s.APIKey.Blank() && !slices.ContainsFunc(given, own) {
		p.fail(p.place("api-key"), "name the key's variable in the policy file, or leave {policy} out", "cannot be combined with {policy} (not shown)")
	}
	if c.RotationOnly {
		p.fail(s.RotationOnly.place, "use one of the two", "cannot be combined with {policy}")
	}
	chosen := names(s.Only)
	if len(chosen) == 0 && s.Only.value != "" {
		p.mustBe(s.Only, "name at least one, or leave it out", "a list separated by commas or newlines")
	}
	known := map[string]string{}
	misnamed := len(given) == 0 // not every name is known, and a mistake says why
	for i := range given {
		name := collapsed(given[i].value("name"))
		known[nameID(name)] = name
		misnamed = misnamed || !validKeyName(name)
	}
	for _, name := range chosen {
		if id := nameID(name.value); !misnamed && known[id] == "" {
			p.mustBe(name, didYouMean(suggest(id, known, 0), "write names as the entries have them, separated by commas or newlines"), "the name of an entry in the policy file")
		}
	}
}

// policyEntries parses the entries of a policy file, whose defaults are the
// step's settings. It leaves out those that the run does not check.
func (p entryParser) policyEntries(step settings, given []policyEntry) []Entry {
	var entries []Entry
	seen := map[string]bool{}
	revoked := 0
	for i := range given {
		g := &given[i]
		s := g.over(step)
		e := p.entry(s)
		e.Key, e.Named, e.Place, e.Places = g.key, true, g.keyPlace(), g.places()
		leftOut := g.leftOut || step.Only.reported
		p.policyNames(g, s, &e, leftOut)
		p.requireType(e, s)
		p.ages(s, e)
		id := nameID(e.Name)
		if seen[id] && id != "" {
			p.fail(s.KeyName.place, "give each key its own name", "another entry has the same name")
		}
		seen[id] = true
		if leftOut {
			continue
		}
		p.required(s, e, g)
		if e.Expect.State == checks.StateRevoked {
			if revoked++; revoked == maxRevoked+1 {
				p.fail(e.Places[checks.State.ID], "each costs a failed attempt, and the API blocks an address after a few: check the others in another run, "+flexy.BlockTimeInWords+" later", "at most %d entries can be revoked", maxRevoked)
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// policyNames checks the two fields that every entry must have: name and env.
func (p entryParser) policyNames(g *policyEntry, s settings, e *Entry, leftOut bool) {
	if !s.KeyName.given() {
		p.fail(s.KeyName.place, "give the key a name", "required")
	}
	env := g.env
	if !env.given() {
		p.fail(env.place, "name the environment variable that holds the key", "required")
	}
	if env.value == "" {
		return
	}
	const another = "use another name, here and where the variable is set, such as FLEXY_CHECKOUT_KEY"
	switch variableFault(env.value) {
	case notFaulty:
		if !leftOut {
			e.Skipped = p.checkKey(e.Key, env.place, env.value, e.Name)
		}
	case ownVariable:
		p.fail(env.place, another, "%s is %s", env.value, whatIs(strings.ToUpper(env.value)))
	case fileOfKey:
		key := shownVariable(strings.TrimSuffix(env.value, fileSuffix))
		hint := "write " + key + ": " + fileSuffix + " is appended to it"
		if p.action {
			hint = "write " + key + ", and give it the key itself: an action reads no files with keys"
		}
		p.fail(env.place, hint, "must not end in %s", fileSuffix)
	default:
		p.fail(env.place, "put the key, from a secret, into a variable of such a name, and write the name here",
			"must be the name of an environment variable that begins with FLEXY_, ONECLICK_ or ONECLICKDZ_ (the value is not shown)")
	}
}
