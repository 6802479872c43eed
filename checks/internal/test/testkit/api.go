package testkit

// What the tests' API knows. The key that it echoes is not the key that was sent.
const (
	Key      = "sk_live_7Qw2Zx9-m4Rt8Vb1"
	Echo     = "ea27b376-9f5c-4b09-883f-1b96cd7b541c"
	Username = "+213665983439"
)

// OKBody is the documented answer to a good key.
const OKBody = `{"success":true,"data":{"username":"` + Username + `","apiKey":{"key":"` + Echo +
	`","isEnabled":true,"type":"PRODUCTION","allowedips":[],"scope":"READ-WRITE"}},` +
	`"meta":{"timestamp":"2025-10-29T00:00:00.000Z"},"requestId":"req_1"}`

// ErrorBody returns the body of an error answer; more is appended to the code.
func ErrorBody(code, more string) string {
	return `{"success":false,"error":{"code":"` + code + `"` + more + `},"requestId":"req_2"}`
}
