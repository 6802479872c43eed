package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	// The account in addresses until the project has an owner. No account can have
	// this name, so nobody else can publish under an address that people paste.
	placeholder = "<owner>"

	project = "flexy-key-check"

	// The file that defines whose the addresses are.
	ownerFile = "checks/internal/github/reminder.go"
)

var (
	ownerForm = regexp.MustCompile(`const DefaultAction = "([^"/]+)/` + project + `@`)

	// Letters, digits and single hyphens between them.
	accountForm = regexp.MustCompile(`^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$`)
)

func runOwn(_ context.Context, args []string, _ io.Reader, out io.Writer) error {
	files, err := own(".", args[0])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d files now name %s: review the changes, run go test ./... and commit them\n", len(files), args[0])
	return err
}

// own replaces the placeholder, or the previous account, with an account in each
// file of the repository in dir. It returns the names of the files it has changed.
func own(dir, account string) (changed []string, err error) {
	if !accountForm.MatchString(account) || len(account) > 39 {
		return nil, fmt.Errorf("expected the name of an account on GitHub, found %q", account)
	}
	before, err := owner(dir)
	if err != nil {
		return nil, err
	}
	lower := strings.ToLower(account) // as registries require
	writer := strings.NewReplacer(
		registry+placeholder+"/", registry+lower+"/",
		registry+strings.ToLower(before)+"/"+project, registry+lower+"/"+project,
		before+"/"+project, account+"/"+project,
		placeholder, account,
	)
	err = eachFile(dir, func(name, text string) error {
		after := writer.Replace(text)
		if after == text {
			return nil
		}
		changed = append(changed, name)
		return os.WriteFile(filepath.Join(dir, name), []byte(after), 0o600) //nolint:gosec // an existing file keeps its mode
	})
	return changed, err
}

// owner returns the account in the addresses.
func owner(dir string) (string, error) {
	text, err := read(filepath.Join(dir, ownerFile))
	if err != nil {
		return "", err
	}
	found := ownerForm.FindStringSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("expected DefaultAction in %s", ownerFile)
	}
	return found[1], nil
}

// owned refuses a repository whose addresses name another account, or none.
func owned(dir, repository string) error {
	account, name, _ := strings.Cut(repository, "/")
	if !strings.EqualFold(name, project) {
		return fmt.Errorf("expected a repository called %s, which is in every address, found %q", project, name)
	}
	var left []string
	if err := eachFile(dir, func(file, text string) error {
		if strings.Contains(text, placeholder) {
			left = append(left, file)
		}
		return nil
	}); err != nil {
		return err
	}
	hint := fmt.Sprintf("run go run ./checks/tools/release own %s and commit its changes", account)
	if len(left) > 0 {
		return fmt.Errorf("expected addresses of %s, found %s in %s: %s", account, placeholder, strings.Join(left, ", "), hint)
	}
	found, err := owner(dir)
	if err == nil && !strings.EqualFold(found, account) {
		err = fmt.Errorf("expected addresses of %s, found those of %s: %s", account, found, hint)
	}
	return err
}

// eachFile calls visit for each text file of a repository, except those of this
// command, which name accounts of their own.
func eachFile(dir string, visit func(name, text string) error) error {
	skipped := []string{".git", "checks/tools/release"}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(skipped, name):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // a file of the repository
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		return visit(name, string(text))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("expected the root of the repository: %w", err)
	}
	return err
}
