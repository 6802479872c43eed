package flexy_test

import (
	"fmt"

	"flexy-key-check/checks/internal/flexy"
)

// An answer is believed only where it is as documented. What is shown of it is one
// of the program's own sentences.
func ExampleClassify() {
	answer := flexy.Classify(flexy.Response{Status: 401, Body: []byte(`{
		"success": false,
		"error": {"code": "INVALID_ACCESS_TOKEN", "message": "no", "details": {"attemptsLeft": 3}}
	}`)})
	fmt.Println(answer.Outcome == flexy.Rejected, answer.Code, *answer.AttemptsLeft)
	fmt.Println(answer.Explain().Message)

	untrusted := flexy.Classify(flexy.Response{Status: 200, Body: []byte("<html>OK</html>")})
	fmt.Println(untrusted.Outcome == flexy.Unavailable)
	// Output:
	// true INVALID_ACCESS_TOKEN 3
	// the API rejected the key (INVALID_ACCESS_TOKEN): 3 attempts left for this address
	// true
}
