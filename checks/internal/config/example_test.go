package config_test

import (
	"fmt"
	"time"

	"flexy-key-check/checks/internal/config"
)

// All mistakes are found at once, and none shows the key.
func ExampleSource() {
	given := map[string]string{"FLEXY_API_KEY": "k-3f9a1c77be204d58", "FLEXY_ENVIRONMENT": "prod", "FLEXY_EXPECT_SCOPE": "READ", "FLEXY_TIMEOUT": "90"}
	var environ []string
	for name, value := range given {
		environ = append(environ, name+"="+value)
	}
	source := config.New(func(name string) (string, bool) { value, ok := given[name]; return value, ok })
	source.Read(nil, environ)
	_, mistakes := source.Config(time.Now())
	for _, m := range mistakes {
		fmt.Println(m)
	}
	// Output:
	// FLEXY_TIMEOUT: must be a duration from 1s to 10m, not "90"
	// FLEXY_ENVIRONMENT: must be production, staging, development or test, not "prod"
	// FLEXY_EXPECT_SCOPE: must be READ-WRITE or READ-ONLY, not "READ"
}
