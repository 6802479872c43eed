package main

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		version  string
		existing []string
		major    string
		previous string
		latest   bool
	}{
		"the first":           {"v1.0.0", nil, "v1", "", true},
		"the next":            {"v1.0.1", []string{"v1", "v1.0.0"}, "v1", "v1.0.0", true},
		"ten is more than 9":  {"v1.10.0", []string{"v1", "v1.9.0", "v1.2.0"}, "v1", "v1.9.0", true},
		"a new major":         {"v2.0.0", []string{"v1", "v1.9.0"}, "v2", "", true},
		"an older major":      {"v1.9.1", []string{"v1", "v1.9.0", "v2", "v2.0.0"}, "v1", "v1.9.0", false},
		"before 1":            {"v0.1.0", nil, "v0", "", true},
		"names of other kind": {"v1.0.0", []string{"v1.5.0-rc.1", "v1.x", "vendor", "1.5.0"}, "v1", "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := plan(tt.version, "Octo-Org/Flexy-Key-Check", tt.existing)
			if err != nil {
				t.Fatal(err)
			}
			want := "version=" + tt.version + "\nnumber=" + tt.version[1:] + "\nmajor=" + tt.major + "\nprevious=" + tt.previous +
				fmt.Sprintf("\nlatest=%t", tt.latest) + "\nimage=ghcr.io/octo-org/flexy-key-check\n"
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanRefusesVersions(t *testing.T) {
	t.Parallel()
	existing := []string{"v1", "v1.2.3"}
	for _, version := range []string{
		"", "v", "v1", "v1.2", "1.2.4", "V1.2.4", "v1.2.4.5", "v01.2.4", "v1.02.4", "v1.2.04", "v1.2.-4", "v1.2.4-rc.1",
		"v1.2.4+build", " v1.2.4", "v1.2.4\n", "v1.2.4\nmajor=v9", "v1.2.x", "v1.2.9999999", "v1.2.4;id", "$(id)",
		"v1.2.3",                     // exists
		"v1.2.2", "v1.1.9", "v1.0.0", // are older than what exists
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			if got, err := plan(version, "owner/name", existing); err == nil {
				t.Errorf("took %q: %q", version, got)
			}
		})
	}
}

func TestPlanRefusesRepositories(t *testing.T) {
	t.Parallel()
	for _, repository := range []string{
		"", "owner", "owner/", "/name", "owner/name/more", "owner/name:tag", "owner/name@" + digest, "owner/-name", "owner/name\n", "owner/na me",
	} {
		t.Run(repository, func(t *testing.T) {
			t.Parallel()
			if got, err := plan("v1.0.0", repository, nil); err == nil {
				t.Errorf("took %q: %q", repository, got)
			}
		})
	}
}
