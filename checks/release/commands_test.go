package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/itchyny/gojq"
)

// The commands of a runner that a rehearsal puts in the path: this test, under
// their names.
var standIns = map[string]func(args []string) error{"gh": gh, "go": goRun, "docker": docker, "jq": jq}

func TestMain(m *testing.M) {
	if command := standIns[filepath.Base(os.Args[0])]; command != nil {
		if err := command(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// goRun runs this command for real, but for the build, which has tests of its
// own and would take minutes.
func goRun(args []string) error {
	if len(args) < 3 || args[0] != "run" || args[1] != "./checks/release" {
		return fmt.Errorf("unexpected: go %q", args)
	}
	if args[2] != "build" {
		return run(context.Background(), args[2:], os.Stdin, os.Stdout)
	}
	stamp, dir, sums := args[3], args[4], ""
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, platform := range platforms {
		name, binary := binaryName(platform), []byte("#!/bin/sh\necho flexy-key-check "+stamp+" # "+platform+"\n")
		if err := os.WriteFile(filepath.Join(dir, name), binary, 0o600); err != nil {
			return err
		}
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(binary), name)
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums), 0o600)
}

// docker has one image, which may be private.
func docker(args []string) error {
	switch args[0] {
	case "buildx":
		fmt.Println(`{"spdxVersion": "SPDX-2.3"}`)
	case "pull":
		if os.Getenv("PRIVATE") != "" {
			return errors.New("denied")
		}
	case "run":
		fmt.Println("flexy-key-check " + os.Getenv("STAMP"))
	default:
		return fmt.Errorf("unexpected: docker %q", args)
	}
	return nil
}

func jq(args []string) error {
	if len(args) != 3 || args[0] != "--exit-status" {
		return fmt.Errorf("unexpected: jq %q", args)
	}
	file, err := os.ReadFile(args[2])
	if err != nil {
		return err
	}
	return query(args[1], file)
}

// gh does what GitHub's own command does with what release.yml tells it, as its
// manual has it.
func gh(args []string) error {
	switch {
	case args[0] == "api":
		return ghAPI(args[1:])
	case slices.Equal(args[:2], []string{"release", "create"}):
		return ghReleaseCreate(args[2:])
	case slices.Equal(args[:2], []string{"run", "download"}):
		return ghRunDownload(args[2:])
	case slices.Equal(args[:2], []string{"release", "download"}):
		return ghReleaseDownload(args[2:])
	case slices.Contains(args[:3], "verify") || slices.Contains(args[:3], "verify-asset"):
		fmt.Println(append([]string{"gh"}, args...))
		return nil
	}
	return fmt.Errorf("unexpected: gh %q", args)
}

func ghAPI(args []string) error {
	var method, path, filter, accept string
	var silent bool
	var fields map[string]any
	for i := 0; i < len(args); i++ {
		next := func() string { i++; return args[i] }
		switch args[i] {
		case "--method":
			method = next()
		case "--jq":
			filter = next()
		case "-H":
			accept = next()
		case "--silent":
			silent = true
		case "--paginate": // the lists here have one page
		case "-f", "-F":
			typed := args[i] == "-F"
			key, value, _ := strings.Cut(next(), "=")
			if fields == nil {
				fields = map[string]any{}
			}
			if err := setField(fields, key, value, typed); err != nil {
				return err
			}
		default:
			path = args[i]
		}
	}
	if method == "" {
		method = map[bool]string{true: http.MethodPost, false: http.MethodGet}[fields != nil]
	}
	answer, err := send(method, path, fields)
	switch {
	case err != nil:
		os.Stdout.Write(answer)
		return err
	case filter != "":
		return query(filter, answer)
	case !silent || accept != "":
		os.Stdout.Write(answer)
	}
	return nil
}

var fieldKey = regexp.MustCompile(`^([a-z_]+)(\[\])?(?:\[([a-z]+)\])?$`)

// setField sets name, name[] or name[][key].
func setField(fields map[string]any, key, text string, typed bool) error {
	var value any = text
	if typed {
		switch {
		case text == "true" || text == "false":
			value = text == "true"
		case strings.HasPrefix(text, "@"):
			file, err := os.ReadFile(text[1:])
			if err != nil {
				return err
			}
			value = string(file)
		default:
			return fmt.Errorf("unexpected: -F %s=%s", key, text)
		}
	}
	part := fieldKey.FindStringSubmatch(key)
	if part == nil {
		return fmt.Errorf("unexpected: the field %s", key)
	}
	name, list, inner := part[1], part[2] != "", part[3]
	if !list {
		fields[name] = value
		return nil
	}
	items, _ := fields[name].([]any)
	if inner != "" {
		if len(items) > 0 {
			last := items[len(items)-1].(map[string]any)
			if _, taken := last[inner]; !taken {
				last[inner] = value
				return nil
			}
		}
		value = map[string]any{inner: value}
	}
	fields[name] = append(items, value)
	return nil
}

// send sends fields as JSON, or bytes as they are.
func send(method, path string, content any) ([]byte, error) {
	var body io.Reader
	kind := "application/json"
	switch content := content.(type) {
	case map[string]any:
		if content != nil {
			encoded, err := json.Marshal(content)
			if err != nil {
				return nil, err
			}
			body = bytes.NewReader(encoded)
		}
	case []byte:
		body, kind = bytes.NewReader(content), "application/octet-stream"
	}
	req, err := http.NewRequestWithContext(context.Background(), method, os.Getenv("GITHUB_API_URL")+"/"+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("GH_TOKEN"))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("gh: %s (HTTP %d)", bytes.TrimSpace(answer), res.StatusCode)
	}
	return answer, err
}

// query prints what a filter makes of a document: texts as they are.
func query(filter string, document []byte) error {
	parsed, err := gojq.Parse(filter)
	if err != nil {
		return err
	}
	code, err := gojq.Compile(parsed, gojq.WithEnvironLoader(os.Environ))
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		return err
	}
	for results := code.Run(value); ; {
		result, more := results.Next()
		if !more {
			return nil
		}
		if err, ok := result.(error); ok {
			return err
		}
		line, ok := result.(string)
		if !ok {
			encoded, err := gojq.Marshal(result)
			if err != nil {
				return err
			}
			line = string(encoded)
		}
		fmt.Println(line)
	}
}

// ghReleaseCreate leaves the draft where an upload fails, as gh does with
// --draft.
func ghReleaseCreate(args []string) error {
	fields, flags, files := map[string]any{"tag_name": args[0], "draft": false}, map[string]string{}, []string(nil)
	for i := 1; i < len(args); i++ {
		switch name := args[i]; name {
		case "--draft":
			fields["draft"] = true
		case "--generate-notes":
		case "--repo", "--target", "--title", "--notes", "--notes-start-tag":
			i++
			flags[name] = args[i]
		default:
			files = append(files, name)
		}
	}
	fields["target_commitish"], fields["name"], fields["body"] = flags["--target"], flags["--title"], flags["--notes"]
	answer, err := send(http.MethodPost, "repos/"+flags["--repo"]+"/releases", fields)
	if err != nil {
		return err
	}
	var release hubRelease
	if err := json.Unmarshal(answer, &release); err != nil {
		return err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		path := fmt.Sprintf("repos/%s/releases/%d/assets?name=%s", flags["--repo"], release.ID, url.QueryEscape(filepath.Base(file)))
		if _, err := send(http.MethodPost, path, content); err != nil {
			return err
		}
	}
	return nil
}

// ghRunDownload takes ID --repo REPOSITORY --name NAME --dir DIRECTORY.
func ghRunDownload(args []string) error {
	if len(args) != 7 || args[1] != "--repo" || args[3] != "--name" || args[5] != "--dir" {
		return fmt.Errorf("unexpected: gh run download %q", args)
	}
	answer, err := send(http.MethodGet, "repos/"+args[2]+"/actions/runs/"+args[0]+"/artifacts/"+args[4], nil)
	if err != nil {
		return err
	}
	var files map[string][]byte
	if err := json.Unmarshal(answer, &files); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.MkdirAll(args[6], 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(args[6], name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// ghReleaseDownload takes VERSION --repo REPOSITORY --pattern NAME.
func ghReleaseDownload(args []string) error {
	if len(args) != 5 || args[1] != "--repo" || args[3] != "--pattern" {
		return fmt.Errorf("unexpected: gh release download %q", args)
	}
	answer, err := send(http.MethodGet, "repos/"+args[2]+"/releases/tags/"+args[0]+"/assets/"+args[4], nil)
	if err != nil {
		return err
	}
	return os.WriteFile(args[4], answer, 0o600)
}
