package main

import (
	"maps"
	"net/url"
	"testing"
)

// The tag of the major version moves only to what Release has made, and to the
// newest of it.
func TestRehearsalForeignRelease(t *testing.T) {
	t.Parallel()
	h := rehearsal(t)
	first := h.release(t, "v1.0.0")
	must(t, first)
	before := h.ref("v1")
	fails := func(published *dispatch, step, why string) {
		t.Helper()
		mustFail(t, published, "move: "+step, why)
		if h.ref("v1") != before {
			t.Error("v1 has moved")
		}
	}
	const newest, verify = "Refuse a release that is not the newest of its major version", "Verify what was published"
	// byHand publishes a release that Release has not made, and deletes it afterwards.
	byHand := func(version, target string, assets map[string]string, step, why string) {
		t.Helper()
		h.created++
		h.releases = append(h.releases, &hubRelease{id: h.created, tag: version, target: target, assets: assets})
		fails(h.publish(t, version), step, why)
		h.releases = h.releases[:len(h.releases)-1]
		h.git("update-ref", "-d", "refs/tags/"+version)
	}
	files := h.releases[0].assets
	own := map[string]string{"SHA256SUMS": ""}
	for _, platform := range platforms {
		name := binaryName(platform)
		own[name] = "another program for " + platform
		own["SHA256SUMS"] += sum(own[name]) + "  " + name + "\n"
	}
	// forge commits what Release would have made of main, with the image of v1.0.0.
	forge := func(files map[string]string) string {
		t.Helper()
		main, fields, forged := h.ref("main"), url.Values{"base_tree": {"main"}}, *first
		forged.version = "v1.1.0"
		h.artifacts[forged.id()] = files
		for _, name := range []string{"action.yml", nativeFile} {
			fields.Add("tree[][path]", name)
			fields.Add("tree[][mode]", "100644")
			fields.Add("tree[][content]", forged.pinned(name, h.git("cat-file", "blob", main+":"+name)+"\n"))
		}
		return h.git("commit-tree", "-m", "Release v1.1.0", h.makeTree(fields), "-p", main, "-p", before)
	}
	byHand("v1.1.0", forge(own), own, verify, "no attestations found")
	h.edit("README.md")
	byHand("v1.1.0", forge(files), files, verify, "expected SourceRepositoryDigest to be "+h.ref("main"))
	byHand("v1.1.0", h.ref("main"), files, verify, "expected an image")
	byHand("v1.1.0", before, nil, verify, "no assets to download")
	byHand("v1.1.0", before, files, verify, "the released action.yml is not this one") // the native one names v1.0.0
	byHand("nightly", before, files, newest, "expected a version vX.Y.Z")

	d := h.release(t, "v1.2.0")
	mustDraft(t, d)
	published := h.publish(t, "v1.2.0")
	released := h.releases[len(h.releases)-1]
	built := released.assets
	released.assets = maps.Clone(built)
	released.assets["flexy-key-check-linux-amd64"] += "#"
	fails(published, verify, "flexy-key-check-linux-amd64")
	released.assets = built

	h.edit("README.md")
	newer := h.release(t, "v1.3.0")
	mustDraft(t, newer)
	next := h.publish(t, "v1.3.0") // in the wrong order
	fails(published, newest, "expected a version newer than v1.3.0")
	mustPublish(t, newer, next)
}
