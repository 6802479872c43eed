package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

type hubRelease struct {
	ID     int        `json:"id"`
	Tag    string     `json:"tag_name"`
	Target string     `json:"target_commitish"`
	Draft  bool       `json:"draft"`
	Latest string     `json:"make_latest"`
	Assets []hubAsset `json:"assets"`
}

type hubAsset struct {
	Name    string `json:"name"`
	Digest  string `json:"digest"`
	content []byte
}

// serveReleases answers for releases, which are immutable once published, and
// for the files of a run.
func (h *hub) serveReleases(handle func(string, func(*http.Request, map[string]any) any)) {
	find := func(r *http.Request) *hubRelease {
		for _, release := range h.releases {
			if fmt.Sprint(release.ID) == r.PathValue("id") {
				return release
			}
		}
		refuse(http.StatusNotFound, "Not Found")
		return nil
	}
	handle("GET /releases", func(r *http.Request, _ map[string]any) any {
		list := []*hubRelease{}
		for _, release := range h.releases {
			if !release.Draft || permits(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "contents=write") {
				list = append(list, release)
			}
		}
		return list
	})
	handle("POST /releases", func(_ *http.Request, body map[string]any) any {
		if body["draft"] != true {
			refuse(http.StatusUnprocessableEntity, "an immutable release takes no files after it is published")
		}
		if slices.Contains(h.burnt, body["tag_name"].(string)) {
			refuse(http.StatusUnprocessableEntity, "tag_name was used by an immutable release")
		}
		h.made++
		release := &hubRelease{ID: h.made, Tag: body["tag_name"].(string), Target: body["target_commitish"].(string), Draft: true, Assets: []hubAsset{}}
		h.releases = append(h.releases, release)
		return release
	})
	handle("POST /releases/{id}/assets", func(r *http.Request, _ map[string]any) any {
		release, name := find(r), r.FormValue("name")
		content, err := io.ReadAll(r.Body)
		if err != nil || !release.Draft || slices.ContainsFunc(release.Assets, func(a hubAsset) bool { return a.Name == name }) {
			refuse(http.StatusUnprocessableEntity, "Validation Failed")
		}
		if h.damage {
			content = content[1:]
		}
		asset := hubAsset{name, fmt.Sprintf("sha256:%x", sha256.Sum256(content)), content}
		release.Assets = append(release.Assets, asset)
		return asset
	})
	handle("DELETE /releases/{id}", func(r *http.Request, _ map[string]any) any {
		release := find(r)
		if !release.Draft {
			h.burnt = append(h.burnt, release.Tag)
		}
		h.releases = slices.DeleteFunc(h.releases, func(other *hubRelease) bool { return other == release })
		return []byte{}
	})
	handle("PATCH /releases/{id}", func(r *http.Request, body map[string]any) any {
		release := find(r)
		if !release.Draft || body["draft"] != false {
			refuse(http.StatusUnprocessableEntity, "Validation Failed")
		}
		if h.ref("refs/tags/"+release.Tag) == "" {
			h.name("refs/tags/"+release.Tag, h.known(release.Target), false)
		}
		release.Draft, release.Latest = false, body["make_latest"].(string)
		return release
	})
	handle("GET /releases/tags/{tag}/assets/{name}", func(r *http.Request, _ map[string]any) any {
		for _, release := range h.releases {
			for _, asset := range release.Assets {
				if !release.Draft && release.Tag == r.PathValue("tag") && asset.Name == r.PathValue("name") {
					return asset.content
				}
			}
		}
		refuse(http.StatusNotFound, "Not Found")
		return nil
	})
	handle("GET /actions/runs/{id}/artifacts/binaries", func(r *http.Request, _ map[string]any) any {
		if files := h.artifacts[r.PathValue("id")]; files != nil {
			return maps.Clone(files)
		}
		refuse(http.StatusNotFound, "no valid artifacts found to download")
		return nil
	})
}
