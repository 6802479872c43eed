// Command release does the parts of a release that need tests. The workflow
// .github/workflows/release.yml does the rest. It is not part of the product.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt)
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// A command is a step of release.yml.
type command struct {
	name, args, doc string // an argument in brackets may be left out
	run             func(ctx context.Context, args []string, in io.Reader, out io.Writer) error
}

var commands = []command{
	{"plan", "VERSION ACCOUNT/NAME DIRECTORY", "refuse a version that conflicts with those on standard input, and a repository whose addresses are not its own; print the step's outputs", runPlan},
	{"build", "NUMBER+COMMIT DIRECTORY [PLATFORM]", "build the binaries, or only that of a platform such as linux/amd64, and their SHA256SUMS", runBuild},
	{"pin", "IMAGE VERSION SHA256SUMS ACTION.YML", "print action.yml with the image in place of the Dockerfile, or the native one with the binaries' checksums", runPin},
	{"verify", "IMAGE VERSION SHA256SUMS ACTION.YML PINNED.YML", "refuse a PINNED.YML that is not what pin prints", runVerify},
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	for _, c := range commands {
		most := 1 + len(strings.Fields(c.args))
		if least := most - strings.Count(c.args, "["); len(args) >= least && len(args) <= most && args[0] == c.name {
			return c.run(ctx, args[1:], in, out)
		}
	}
	usage := "usage:"
	for _, c := range commands {
		usage += fmt.Sprintf("\n  go run ./checks/tools/release %s %s\n    \t%s", c.name, c.args, c.doc)
	}
	return errors.New(usage)
}
