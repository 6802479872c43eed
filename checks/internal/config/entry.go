package config

import "maps"

// over puts the entry's own fields over the step's inputs. Fields that say
// together what is meant replace each other together.
func (e entry) over(step fields) fields {
	f := maps.Clone(step)
	for _, group := range [][]string{
		{"environment", "expect-type"},
		{"rotated-on", "secret-name", "secret-environment", "secret-organization"},
	} {
		for _, name := range group {
			if e.has(f[name].input.Policy) {
				for _, other := range group {
					blank := f[other]
					blank.value = ""
					blank.place = e.named(blank.input.Policy)
					f[other] = blank
				}
			}
		}
	}
	for name, inherited := range f {
		own, ok := e.fields[inherited.input.Policy]
		switch {
		case ok:
			f[name] = own
		case name == "key-name":
			inherited.value, inherited.place = "", e.named("name")
			f[name] = inherited
		}
	}
	return f
}

// has reports whether the entry gives a field.
func (e entry) has(name string) bool {
	_, ok := e.fields[name]
	return ok
}

// named is the entry's place, for a field that it does not give.
func (e entry) named(name string) Place {
	at := e.at
	at.Name = name
	return at
}

// places tells for each check where its expectation stands: at the first of its
// fields that the entry gives, else at the entry.
func (e entry) places() map[string]Place {
	places := map[string]Place{"": e.place("env", "name")}
	for check, fields := range map[string][]string{
		"state":          {"state"},
		"type":           {"type", "environment"},
		"scope":          {"scope"},
		"account":        {"account"},
		"allowed-ips":    {"allowed-ips"},
		"must-allow-ips": {"must-allow-ips"},
		"rotation":       {"rotated-on", "secret-name", "max-age-days", "remind-days"},
		"distinct":       {"env"},
	} {
		places[check] = e.place(append(fields, "name")...)
	}
	return places
}

func (e entry) place(names ...string) Place {
	for _, name := range names {
		if f, ok := e.fields[name]; ok {
			return f.place
		}
	}
	return e.at
}
