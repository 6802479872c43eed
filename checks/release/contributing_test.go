package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// CONTRIBUTING.md names jobs and steps as the workflows do.
func TestContributing(t *testing.T) {
	t.Parallel()
	contributing := text(t, root+"/.github/CONTRIBUTING.md")
	var required, jobs []string
	list := regexp.MustCompile(`status checks to pass: (.*?) \|`).FindStringSubmatch(contributing)
	if list == nil {
		t.Fatal("no status checks are required")
	}
	for _, name := range strings.Split(list[1], ", ") {
		required = append(required, strings.Trim(name, "*"))
	}
	for _, job := range parse(t, root+"/"+ours+"/ci.yml").Jobs {
		runners := job.Strategy.Matrix.Runner
		if runners == nil {
			runners = []string{""}
		}
		for _, runner := range runners {
			jobs = append(jobs, strings.Replace(job.Name, "${{ matrix.runner }}", runner, 1))
		}
	}
	slices.Sort(jobs)
	slices.Sort(required)
	if diff := cmp.Diff(jobs, required); diff != "" {
		t.Errorf("required status checks (-jobs of CI +CONTRIBUTING.md):\n%s", diff)
	}

	_, failures, _ := strings.Cut(contributing, "\n## When a step fails\n")
	rows := regexp.MustCompile(`(?m)^\| ([A-Z][^:…|]*)`).FindAllStringSubmatch(failures, -1)
	if len(rows) < 8 {
		t.Fatalf("only %d rows", len(rows))
	}
	release := text(t, root+"/"+ours+"/release.yml")
	for _, row := range rows {
		if step := strings.TrimSpace(row[1]); !strings.Contains(release, "- name: "+step) {
			t.Errorf("release.yml has no step %q", step)
		}
	}
}
