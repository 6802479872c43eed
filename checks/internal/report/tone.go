package report

import "flexy-key-check/checks"

// A tone is shown as a sign in the summary and as a colour on a terminal.
type tone int

const (
	neutral tone = iota
	good
	careful
	bad
)

// toneOf returns the tone of a status.
func toneOf(s checks.Status) tone {
	switch s {
	case checks.Pass:
		return good
	case checks.Skip:
		return neutral
	case checks.Warn:
		return careful
	default:
		return bad
	}
}

// tone returns the tone of a level.
func (l level) tone() tone {
	if l == levelWarning {
		return careful
	}
	return bad
}

// tone returns the tone of the run. A failing exit code is always bad.
func (r Report) tone() tone {
	switch {
	case r.ExitCode != checks.ExitPass:
		return bad
	case r.Verdict == checks.Passed && len(r.problems()) == 0:
		return good
	case r.Verdict == checks.Skipped:
		return neutral
	default:
		return careful
	}
}

// tone returns the tone of the key's verdict.
func (k Result) tone() tone {
	switch {
	case k.Softened, k.Verdict == checks.Passed && k.count(checks.Warn) > 0:
		return careful
	case k.Verdict == checks.Passed:
		return good
	case k.Verdict == checks.Skipped && !k.unchecked():
		return neutral
	default:
		return bad
	}
}

// sign returns the emoji for a tone.
func (t tone) sign() string {
	switch t {
	case neutral:
		return "➖"
	case good:
		return "✅"
	case careful:
		return "⚠️"
	default:
		return "❌"
	}
}
