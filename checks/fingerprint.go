package checks

// Fingerprint asserts that the key is a specific one. The fingerprint is computed
// from the key, so this check does not need the API's answer.
var Fingerprint = Check{
	ID:      "fingerprint",
	Doc:     "The key has the expected fingerprint, whatever the API answers.",
	Revoked: true,
	Run: func(in Input) Finding {
		want := in.Expect.Fingerprint
		if want == "" {
			return Finding{Status: Skip} // reports show the fingerprint anyway
		}
		f := Finding{Expected: want, Found: in.Fingerprint}
		switch in.Fingerprint {
		case "":
			f.Status = Unknown
			f.Found = "(none)"
			f.Message = "expected the key with the fingerprint " + want + ", found a key of fewer than 32 characters, which has none"
			f.Hint = "remove the expected fingerprint, because the hash of a short key could confirm a guess"
		case want:
			f.Status = Pass
			f.Message = "expected the key with the fingerprint " + want + ", found it"
		default:
			f.Status = Fail
			f.Message = "expected the key with the fingerprint " + want + ", found another key, " + in.Fingerprint
			f.Hint = "put the intended key into the secret, or expect the fingerprint of this one"
		}
		return f
	},
}

// isExpectedKey reports whether the fingerprint proves that this is the key.
func (in Input) isExpectedKey() bool {
	return in.Fingerprint != "" && in.Fingerprint == in.Expect.Fingerprint
}
