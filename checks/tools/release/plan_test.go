package main

import (
	"fmt"
	"testing"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, version, major, previous string
		latest                         bool
		existing                       []string
	}{
		{"first", "v1.0.0", "v1", "", true, nil},
		{"next", "v1.0.1", "v1", "v1.0.0", true, []string{"v1", "v1.0.0"}},
		{"10 after 9", "v1.10.0", "v1", "v1.9.0", true, []string{"v1", "v1.9.0", "v1.2.0"}},
		{"next major", "v2.0.0", "v2", "", true, []string{"v1", "v1.9.0"}},
		{"older major", "v1.9.1", "v1", "v1.9.0", false, []string{"v1", "v1.9.0", "v2", "v2.0.0"}},
		{"before 1", "v0.1.0", "v0", "", true, nil},
		{"other names", "v1.0.0", "v1", "", true, []string{"v1.5.0-rc.1", "v1.x", "vendor", "1.5.0"}},
	} {
		got, err := plan(tt.version, "Octo-Org/Flexy-Key-Check", tt.existing)
		want := fmt.Sprintf("version=%s\nnumber=%s\nmajor=%s\nprevious=%s\nlatest=%t\nimage=ghcr.io/octo-org/flexy-key-check\n",
			tt.version, tt.version[1:], tt.major, tt.previous, tt.latest)
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, want)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	refuses := func(version, repository string) {
		t.Helper()
		if got, err := plan(version, repository, []string{"v1", "v1.2.3"}); err == nil {
			t.Errorf("accepted %q of %q: %q", version, repository, got)
		}
	}
	for _, version := range []string{
		"", "v1", "v1.2", "1.2.4", "V1.2.4", "v1.2.4.5", "v01.2.4", "v1.02.4", "v1.2.04", "v1.2.4-rc.1",
		"v1.2.4+build", " v1.2.4", "v1.2.4\nmajor=v9", "v1.2.x", "v1.2.9999999", "v1.2.4;id",
		"v1.2.3",           // exists
		"v1.2.2", "v1.0.9", // older
	} {
		refuses(version, "owner/name")
	}
	for _, repository := range []string{"", "owner/", "/name", "owner/name/more", "owner/name:tag", "owner/-name", "owner/name\n", "owner/na me"} {
		refuses("v1.3.0", repository)
	}
}
