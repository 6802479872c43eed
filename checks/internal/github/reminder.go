package github

import (
	"strings"

	"flexy-key-check/checks/internal/plain"
)

// DefaultAction is the action in the runbook's workflow if Run.Action is not this
// program.
const DefaultAction = "<owner>/flexy-key-check@v1"

const maxName = 100

var (
	secretName = plain.Pattern(`\A[A-Za-z_][A-Za-z0-9_]*\z`)
	// actionName matches this program as a workflow can use it: the repository's name
	// or a path below it.
	actionName = plain.Pattern(`\A[A-Za-z0-9_.-]+/flexy-key-check(/[A-Za-z0-9_./-]+)?@[A-Za-z0-9_./-]+\z`)
)

// ValidSecretName reports whether GitHub allows a secret of that name.
func ValidSecretName(name string) bool { return secretName().MatchString(name) }

// showable reports whether a runbook can show the secret's name.
func (s Secret) showable() bool { return len(s.Name) <= maxName && ValidSecretName(s.Name) }

// action returns what the workflow in the runbook uses.
func (r Run) action() string {
	if !actionName().MatchString(r.Action) {
		return DefaultAction
	}
	return r.Action
}

// commands returns the name of the secret that contains the key, and gh's flags for
// where it is.
func (r Run) commands() (name, where string) {
	s := r.Secret
	name = s.Name
	if !s.showable() {
		name = "FLEXY_API_KEY"
	}
	switch {
	case s.Organization != "":
		where = "--org " + shellQuote(s.Organization)
	case s.Environment != "":
		where = "--repo " + shellQuote(r.Repository) + " --env " + shellQuote(s.Environment)
	default:
		where = "--repo " + shellQuote(r.Repository)
	}
	return name, where
}

// clicksFor returns where the secret is on the website.
func clicksFor(s Secret) string {
	switch {
	case s.Organization != "":
		return "in the organization's **Settings → Secrets and variables → Actions**"
	case s.Environment != "":
		return "**Settings → Environments**, the environment `" + inCode(s.Environment) + "`, **Environment secrets**"
	}
	return "**Settings → Secrets and variables → Actions → Secrets**"
}

// host returns the command that tells gh about another server than github.com.
func (r Run) host() string {
	if site := website(r.ServerURL); site != nil && site.Host != "github.com" {
		return "export GH_HOST=" + shellQuote(site.Host) + "\n"
	}
	return ""
}

// environmentFor returns the line that gives a job the secrets of an environment.
func environmentFor(s Secret) string {
	if s.Environment == "" || s.Organization != "" {
		return ""
	}
	return "\n    environment: " + yamlQuote(s.Environment)
}

// variable returns the command for the variable that holds the date, if there is one.
func (p plan) variable() string {
	if p.next.by != ByDate {
		return ""
	}
	return "gh variable set NAME --repo " + shellQuote(p.run.Repository) + " --body \"$(date -u +%F)\"\n"
}

// variableByClicks says the same for the website.
func (p plan) variableByClicks() string {
	if p.next.by != ByDate {
		return ""
	}
	return " In the tab **Variables**, set the variable with the date to the day on which the new key was generated; `NAME` stands for its name, from which your workflow takes `rotated-on`."
}

// noteFor returns what else to know about the commands, in paragraphs of their own.
func noteFor(s Secret) string {
	var notes []string
	if s.Organization != "" {
		notes = append(notes, "`gh` also sets who may use an organization secret. See with `gh secret list --org "+inCode(s.Organization)+"` who may use it now, and add the same `--visibility` or `--repos` to both commands.")
	}
	if !s.showable() {
		notes = append(notes, "`FLEXY_API_KEY` stands for the name of your secret. Add `--env` or `--org` if it is not the repository's, and to the jobs below its `environment:`.")
	}
	if len(notes) == 0 {
		return ""
	}
	return "\n" + strings.Join(notes, "\n\n") + "\n"
}

// proofFor says which key the last step proves to be revoked.
func proofFor(fingerprint string) string {
	if fingerprint == "" {
		return "In the last line of the workflow, put the old key's fingerprint, as *compare* shows it, in place of `<fingerprint>`"
	}
	return "The last line of the workflow must name the old key's fingerprint"
}
