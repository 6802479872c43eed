package report

import "flexy-key-check/checks"

// A tone is how a status or a verdict is shown: as a sign in the summary, as a
// colour on a terminal.
type tone int

const (
	neutral tone = iota
	good
	careful
	bad
)

// toneOf is the tone of a finding.
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

// tone is that of the run, as its exit code has it.
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

// tone is that of the verdict on the key.
func (k Result) tone() tone {
	switch {
	case k.Softened, k.Verdict == checks.Passed && len(k.findings()) > 0:
		return careful
	case k.Verdict == checks.Passed:
		return good
	case k.Verdict == checks.Skipped:
		return neutral
	default:
		return bad
	}
}

// sign is the tone as a picture.
func (t tone) sign() string { return [...]string{"➖", "✅", "⚠️", "❌"}[t] }
