package checks_test

import (
	"fmt"

	"flexy-key-check/checks"
	"flexy-key-check/checks/internal/flexy"
)

// The API knows the key, but it is a read-only one.
func Example() {
	in := checks.Input{
		Answer: flexy.Answer{Outcome: flexy.Accepted, Key: flexy.Key{Enabled: true, Type: flexy.Production, Scope: flexy.ReadOnly}},
		Expect: checks.Expectation{State: checks.StateEnabled, Type: checks.ExpectedType{Want: flexy.Production}, Scope: flexy.ReadWrite},
	}
	findings := checks.Run(in)
	for _, f := range findings {
		if f.Asserted() {
			fmt.Printf("%s: expected %s, found %s: %s\n", f.Check, f.Expected, f.Found, f.Status)
		}
	}
	fmt.Println(checks.Judge(in, findings))
	// Output:
	// state: expected enabled, found enabled: pass
	// type: expected PRODUCTION, found PRODUCTION: pass
	// scope: expected READ-WRITE, found READ-ONLY: fail
	// mismatch
}
