package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/itchyny/gojq"

	"flexy-key-check/checks/internal/test/testkit"
)

// Stand-ins for a runner's commands. gh passes its call on to the hub; docker has
// one image, which may be private; go is this test binary.
var standIns = map[string]string{
	"gh": `for arg; do form+=(--data-urlencode "arg=$arg"); done
answer=$(curl --silent --show-error --fail-with-body --noproxy '*' "${form[@]}" \
	--data-urlencode "dir=$PWD" --data-urlencode "token=$GH_TOKEN" --data-urlencode "version=$VERSION" "$HUB") || { echo "$answer" >&2; exit 1; }
[ -z "$answer" ] || printf '%s\n' "$answer"`,
	"docker": `case $1 in
buildx) echo '{"spdxVersion": "SPDX-2.3"}' ;;
pull) [ "$IMAGE_IS" != private ] ;;
run) echo "flexy-key-check $STAMP$IMAGE_IS" ;;
*) exit 2 ;;
esac`,
	"jq": `[[ $# -eq 3 && $1 == --exit-status && $2 == .spdxVersion ]] && grep spdxVersion "$3"`,
}

// writeCommands puts the stand-ins into a directory.
func writeCommands(t *testing.T, dir string) {
	t.Helper()
	for name, script := range standIns {
		copyTree(t, testkit.File(t, "#!/bin/bash\n"+script+"\n"), filepath.Join(dir, name))
		testkit.NoError(t, os.Chmod(filepath.Join(dir, name), 0o755))
	}
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(dir, "go"))
	}
	testkit.NoError(t, err)
}

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "go" {
		os.Exit(m.Run())
	}
	if err := goRun(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// goRun runs this command, except for the build, which has a test of its own and
// takes minutes.
func goRun(args []string) error {
	if len(args) < 3 || args[0] != "run" || args[1] != "./checks/tools/release" {
		return fmt.Errorf("unexpected: go %q", args)
	}
	if args[2] != "build" {
		return run(context.Background(), args[2:], os.Stdin, os.Stdout)
	}
	files := map[string]string{}
	for _, platform := range platforms {
		name := binaryName(platform)
		files[name] = "#!/bin/sh\necho flexy-key-check " + args[3] + " # " + platform + "\n"
		files["SHA256SUMS"] += sum(files[name]) + "  " + name + "\n"
	}
	return writeFiles(args[4], files)
}

func sum(content string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(content))) }

func writeFiles(dir string, files map[string]string) error {
	err := os.MkdirAll(dir, 0o755)
	for name, content := range files {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600)
		}
	}
	return err
}

// serve answers a call of the stand-in gh.
func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() {
		if failure := recover(); failure != nil {
			no := failure.(refusal)
			http.Error(w, fmt.Sprintf("gh: %s (HTTP %d)", no.message, no.status), no.status)
		}
	}()
	err := r.ParseForm()
	check(err)
	fmt.Fprint(w, h.gh(r.PostForm, r.PostForm["arg"]))
}

// check refuses a call that the stand-in does not understand.
func check(err error) {
	if err != nil {
		panic(refusal{http.StatusNotImplemented, err.Error()})
	}
}

// gh does what GitHub's own command does with the arguments that release.yml and
// SECURITY.md give it.
func (h *hub) gh(form url.Values, args []string) string {
	token, flags, rest := form.Get("token"), url.Values{}, []string{}
	path := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(form.Get("dir"), name)
	}
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case !strings.HasPrefix(arg, "-"):
			rest = append(rest, arg)
		case slices.Contains([]string{"--draft", "--generate-notes", "--paginate", "--silent"}, arg):
			flags.Set(arg, "true")
		default:
			i++
			flags.Add(arg, args[i])
		}
	}
	switch command := strings.Join(rest[:2], " "); {
	case rest[0] == "api":
		fields := url.Values{}
		for _, field := range flags["-f"] {
			name, value, _ := strings.Cut(field, "=")
			fields.Add(name, value)
		}
		for _, field := range flags["-F"] { // contents of a file, or a boolean, here under a name of its own
			name, value, _ := strings.Cut(field, "=")
			if file, ok := strings.CutPrefix(value, "@"); ok {
				fields.Add(name, text(h.t, path(file)))
			} else {
				fields.Add(name+":", value)
			}
		}
		method := flags.Get("--method")
		if method == "" {
			method = map[bool]string{true: http.MethodPost, false: http.MethodGet}[len(fields) > 0]
		}
		answer := h.api(token, method+" "+strings.TrimPrefix(rest[1], "repos/"+h.repository+"/"), fields)
		if flags.Has("--silent") {
			return ""
		}
		if raw, ok := answer.(string); ok {
			return raw
		}
		return query(flags.Get("--jq"), answer, form.Get("version"))
	case command == "release create":
		fields := url.Values{"draft": flags["--draft"], "tag": rest[2:3], "target": flags["--target"]}
		id := h.api(token, "POST releases", fields)
		for _, file := range rest[3:] { // the draft stays where an upload fails
			fields := url.Values{"name": {filepath.Base(file)}, "content": {text(h.t, path(file))}}
			h.api(token, fmt.Sprintf("POST releases/%d/assets", id), fields)
		}
	case command == "run download":
		files := h.api(token, "GET actions/runs/"+rest[2]+"/artifacts/"+flags.Get("--name"), nil)
		check(writeFiles(path(flags.Get("--dir")), files.(map[string]string)))
	case command == "release download":
		files := map[string]string{}
		for _, asset := range h.api(token, "GET releases/tags/"+rest[2], nil).(object)["assets"].([]any) {
			name := asset.(object)["name"].(string)
			if match, _ := filepath.Match(cmp.Or(flags.Get("--pattern"), "*"), name); match {
				files[name] = h.api(token, "GET releases/tags/"+rest[2]+"/assets/"+name, nil).(string)
			}
		}
		refuse(len(files) == 0, http.StatusNotFound, "no assets to download")
		check(writeFiles(path(cmp.Or(flags.Get("--dir"), ".")), files))
	case strings.HasPrefix(rest[1], "verify"):
		if rest[0] == "attestation" {
			_, digest, isImage := strings.Cut(rest[2], "@sha256:")
			if !isImage {
				digest = sum(text(h.t, path(rest[2])))
			}
			source, want := h.attested[digest], flags.Get("--source-digest")
			refuse(source == "", http.StatusNotFound, "no attestations found")
			refuse(want != "" && want != source, http.StatusConflict, "expected SourceRepositoryDigest to be "+want+", got "+source)
		}
		return fmt.Sprint(append([]string{"gh"}, args...), "\n")
	default:
		check(fmt.Errorf("unexpected: gh %q", args))
	}
	return ""
}

// query returns what a filter makes of an answer, a line for each result.
func query(filter string, answer any, version string) (lines string) {
	parsed, err := gojq.Parse(filter)
	check(err)
	code, err := gojq.Compile(parsed, gojq.WithEnvironLoader(func() []string { return []string{"VERSION=" + version} }))
	check(err)
	for results := code.Run(answer); ; {
		result, more := results.Next()
		if !more {
			return lines
		}
		if text, ok := result.(string); ok {
			lines += text + "\n"
			continue
		}
		encoded, err := gojq.Marshal(result)
		check(err)
		lines += string(encoded) + "\n"
	}
}
