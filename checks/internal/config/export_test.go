package config

import "flexy-key-check/checks/internal/mistake"

// ReadPolicyFile reads a policy file as far as it is YAML: for each entry the values
// of its fields; and what the reader says against it.
func ReadPolicyFile(text string) (entries []map[string][]string, mistakes []mistake.Mistake) {
	p := newParser(Names{})
	r := policyReader{parser: p, unsupported: map[mistake.Place]bool{}}
	for _, e := range r.read(text) {
		fields := map[string][]string{}
		for _, f := range e.given() {
			if !f.given() {
				continue // env, which is there even if it is missing
			}
			for _, item := range f.items {
				fields[f.input.Policy] = append(fields[f.input.Policy], item.value)
			}
			if f.items == nil {
				fields[f.input.Policy] = []string{f.value}
			}
		}
		entries = append(entries, fields)
	}
	return entries, p.mistakes
}
