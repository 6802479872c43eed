package nokey_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"flexy-key-check/checks/internal/nokey"
)

const (
	uuid    = "9b3e6f10-52c7-4d8a-a1f4-0c6d7e8b9a25"
	another = "1f0a7c3d-6b2e-4958-8c4d-d3e2f1a0b9c8"
)

// base64Of returns a text in base64.
func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// refused are texts of each class.
var refused = map[nokey.Class][]string{
	nokey.Header: {
		"a b", "a\tb", "a\x00b", "a\x7fb", "a\nb", "a\r\nb", "a\u00a0b", "a\u200bb", "clé-9f3k2", "مفتاح", "\ufeff" + uuid, "\xff\xfeb\x005", "b\xff", "\x1b[31mb",
		strings.Repeat("k9", 128) + "k", `"` + uuid + `"`, "'sk_live_9f3k'", "`k9`", `""`, "Bearer", "bearer k9", "BEARER  " + uuid,
		"X-Access-Token: k9", "x-access-token:k9", "X-ACCESS-TOKEN : k9", "Authorization: k9", "FLEXY_API_KEY=k9", "export FLEXY_API_KEY=k9", "KEY=k9", "_K2=k9",
		"ONECLICK_API_KEY=" + uuid, "FLEXY_API_KEY=", "API_KEY=",
	},
	nokey.Value: {
		"true", "false", "True", "FALSE", "yes", "off", "null", "NULL", "nil", "None", "undefined", "NaN", "nan", "Object", "object", "Array", "[object Object]", "<nil>", "(null)", "<no value>", "Infinity",
		"0", "1", "42", "-1", "+7", "3.14", ".5", "5.", "1,5", "1e5", "1E+21", "1.5e-7", "1,000,000", "1,000,000.50", "12345678901234567890", "20261001", "1234567",
		"+213665983439", "0665983439", "00213665983439", "213665983439", "665983439", "+213 665 98 34 39", "0665-98-34-39", "06.65.98.34.39", "(0665) 983439", "+213(0)665983439",
		"665-98-34-39", "213-665983439", "+33 6 12 34 56 78", "+1-555-010-0199", "1-555-010-0199", "555-010-0199", "(555) 010-0199", "tel:+213665983439",
		"2026-10-01", "2026/10/01", "01/10/2026", "1/10/2026", "01.10.2026", "2026-10-01T12:00:00Z", "2026-10-01T12:00:00.123+01:00", "2026-10-01T12:00", "2026-10-01t12:00:00z", "1-Oct-2026", "2026-OCT-01", "20261001T120000Z", "20261001-120000", "2026-10-01 12:00:00", "Thu, 01 Oct 2026 12:00:00 GMT",
		"203.0.113.45", "203.0.113.0/24", "203.0.113.45:443", "2001:db8::1", "2001:db8::/32", "::1", "[2001:db8::1]", "[::1]:443", "fe80::1%eth0", "203.0.113.45,203.0.113.46", "203.0.113.45, 2001:db8::1",
	},
	nokey.Expansion: {
		"$FLEXY_API_KEY", "$K", "$_KEY2", "$flexy_api_key", "$apikey", "$$FLEXY_API_KEY", `\$FLEXY_API_KEY`, "${FLEXY_API_KEY}", "${flexy_api_key}", "${FLEXY_API_KEY:-}", "${A:-${B}}", "${process.env.KEY}", "${}",
		"$(FLEXY_API_KEY)", "$(cat /run/secrets/key)", "$(pass show x)", "%FLEXY_API_KEY%", "%flexy_api_key%", "%env.FLEXY_API_KEY%", "$env:FLEXY_API_KEY", "$Env:flexyApiKey", "$ENV:KEY2",
		"{{ secrets.FLEXY_API_KEY }}", "{{.Values.key}}", "{{apikey}}", "{{{key}}}", "{{" + uuid + "}}", "#{KEY}#", "#{flexy.key}#", "#{FLEXY_API_KEY}", "@FLEXY_API_KEY@", "@api_key@", "__FLEXY_API_KEY__", "__K2__",
		"secrets.FLEXY_API_KEY", "secrets.flexy_api_key", "Secrets.FlexyKey", "secrets.KEY_2", "secrets.shop_v2_key", "$env:k9_key", "vars.FLEXY_API_KEY", "env.FLEXY_API_KEY", "process.env.FLEXY_API_KEY", "process.env.flexyApiKey", "import.meta.env.KEY",
		"inputs.api-key", "github.token", "steps.vault.outputs.key", "needs.a.outputs.b",
		"env('FLEXY_API_KEY')", `env("FLEXY_API_KEY")`, "env(FLEXY_API_KEY)", "env('KEY', '')", "getenv('KEY')", "os.environ['KEY']", "os.getenv('KEY')", "process.env['KEY']", "secrets['KEY']", "ENV['KEY']", "$_ENV['KEY']",
		"${{ secrets.FLEXY_API_KEY }}", "x${{secrets.K}}", "'${{ secrets.K }}'", "${{", "k9${{ env.X }}k9",
	},
	nokey.Reference: {
		"https://api.oneclickdz.com", "HTTPS://x", "http://", "op://vault/flexy/key", "ref+vault://secret#key", "file:///run/key", "sm://x", "gs://b", "azkv+x.y-z://q", "postgres://u:p@h/d", "jdbc:postgresql://h/d",
		"arn:aws:secretsmanager:eu-west-1:1:secret:x", "vault:secret/data/flexy#key", "vault:a#b", "@Microsoft.KeyVault(SecretUri=https://x)", "@Microsoft.KeyVault(VaultName=v;SecretName=s)", "@microsoft.keyvault(x)",
		"projects/p/secrets/flexy/versions/latest", "projects/1/secrets/k", "ENC[AES256_GCM,data:x]", "ENC[x]",
	},
	nokey.Path: {
		"./key", "../key", "~/key", `.\key`, `C:\keys\flexy.txt`, "c:/keys/flexy", `\\server\share\key`, "/run/secrets/flexy", "/run/x", "/etc/flexy", "/var/x", "/home/a/key", "/tmp/x", "/builds/acme/shop.tmp/FLEXY_API_KEY",
		"/certs/flexy", "/Volumes/x", "/key.txt", "/my-key", "/a_b", "/secret.d/x", "/Users/a/key", "/root/key", "/opt/k", "/usr/k",
	},
	nokey.Document: {`{"key":"k9"}`, `{ "key": "k9" }`, "{\n  \"key\": 1\n}", `["k9"]`, `[{"a":1}]`, `{"`, `{\"key\":\"k9\"}`, "-----BEGIN", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----"},
	nokey.Mask: {
		"***", "****", "********1a2b", "***abc***", "[masked]", "[MASKED]", "<redacted>", "[REDACTED]", "(sensitive)", "{hidden}", "[filtered]", "[FILTERED]", "((masked))", "<sensitive>", "[secure]", "[masqué]", "[***]", "(*****)",
	},
	nokey.Placeholder: {
		"Your API Key", "<your-api-key>", "YOUR_FLEXY_API_KEY", "YOUR_REAL_KEY", "YOUR_ONECLICK_API_KEY", "ONECLICK_API_KEY", "ONECLICKDZ_API_KEY", "FLEXY_API_KEY", "FLEXY_SANDBOX_KEY", "your_key_here", "MY_TOKEN",
		"CHANGE_ME", "changeme", "ChangeMe!", "replace-me", "REPLACE_WITH_YOUR_KEY", "insert key here", "votre_cle_api", "VOTRE-CLE-API", "votre_clé_api", "<votre clé>", "ma_cle", "cle-secrete", "mettre_votre_cle_ici",
		"remplacez-moi", "test", "demo", "Example", "EXEMPLE", "test-key", "api-key", "API KEY", "x-access-token", "secret", "password", "mot_de_passe", "PRODUCTION", "SANDBOX", "staging", "READ-WRITE", "read_only",
		"restricted", "enabled", "must-allow-ips", "rotation", "sandbox_api_key", "live-key", "YourApiKey", "YOURAPIKEY", "mysecretkey", "[your key]", "(api_key)", "{your_api_key}", "((flexy_api_key))", "<>", "[]", "{}",
		"xxxx", "XXXX", "xx", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "sk_live_xxxxxxxx", "sk_live_", "sk_test_your_key", "sk_live_...", "....", "xx…", "your-key...", "YOUR_API_KEY…", "<TODO>", "tbd", "REDACTED", "dummy", "missing",
		"NOT_SET", "not_a_real_key", "N/A", "cle_bidon", "à_renseigner", "pas-de-cle",
	},
	nokey.Foreign: {
		"ea27b376-9f5c-4b09-883f-1b96cd7b541c", "EA27B376-9F5C-4B09-883F-1B96CD7B541C", "00000000-0000-0000-0000-000000000000",
		"ghp_Zx81LqPw03MnVb67", "gho_x", "ghu_x", "ghs_x", "ghr_x", "ghp_", "github_pat_11AB_x9", "glpat-x9Zk", "gldt-x", "glcbt-64_x", "glrt-x", "xoxb-1-2-x", "xoxp-1", "npm_x9Zk", "dckr_pat_x9Zk", "hvs.CAES",
	},
	nokey.Marked: {
		"{" + uuid + "}", "<" + uuid + ">", "(" + uuid + ")", "[" + uuid + "]", "[[" + uuid + "]]", "<{" + strings.ToUpper(uuid) + "}>", uuid + ",", uuid + ";", uuid + `\n`, uuid + `\r\n`, uuid + ",;", `"` + uuid + `",`,
		"api_key=" + uuid, "apiKey:" + uuid, "SANDBOX:" + uuid, "token:" + uuid, "x-flexy-key:" + uuid, "key = " + uuid, "key: " + uuid, `key="` + uuid + `"`, "key:" + uuid + ",", "--api-key=" + uuid, "-Dkey=" + uuid, "key:=" + uuid, "key==" + uuid, "urn:uuid:" + uuid, "a.b:" + uuid,
		uuid + uuid, uuid + " " + uuid, uuid + "\n" + uuid, uuid + "," + uuid, uuid + ":" + uuid, uuid + `\n` + uuid, uuid + "," + another, uuid + "\n" + another, uuid + strings.ToUpper(uuid), "[" + uuid + "," + another + "]",
		base64Of(uuid), base64Of(uuid + "\n"), base64Of(uuid + "\r\n"), strings.TrimRight(base64Of(uuid+"\n"), "="), base64.URLEncoding.EncodeToString([]byte(uuid + "\n")), base64Of(strings.ToUpper(uuid)),
	},
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for class, texts := range refused {
		for _, text := range texts {
			reason, ok := nokey.Of(strings.TrimSpace(text))
			if !ok || reason.Class != class {
				t.Errorf("%q: class %d (%s), want class %d", text, reason.Class, reason.Found, class)
			}
		}
	}
}

// accepted are texts that may be keys, however near to a class they are.
var accepted = []string{
	uuid, strings.ToUpper(uuid), "ffffffff-ffff-ffff-ffff-ffffffffffff", "11111111-2222-3333-4444-555555555555", strings.ReplaceAll(uuid, "-", ""), uuid[:35], uuid + "0",
	"sk_live_51H8xQe", "sk_test_4eC39HqL-jWDarjtT1zdp7dc", "sk_live_" + uuid, "sk_live_abcdefgh", "pk9_x", "demo-production-4f1c9a7e2b6d8035",
	"k", "-", "x", ".", "*", "**", "**a", "a*b", "a**b***c", "a.b*c$k$l", "k7Qp2xZ", "abcdefg", strings.Repeat("k9", 128), `"`, `"a'`, `"a`, `a"`, "<a", "a>", "[k9]", "(k9)", "{k9}", "<k9>", "[maskedk]", "[k-masked]", "[**]", "[k***]",
	`!"#%&'()*+,-./:;<=>?@[\]^_{|}~` + "`",
	"123456789012345678901", strings.Repeat("7", 32), "1-2", "1234-5678-9012-3456", "1.2.3", "1.2.3.4.5", "1,2,3", "12a", "0x1F", "1_000", "1e", "e5", "--1", "1e1234", "+k9", "+", "truex", "nullable", "objects9",
	"2026-13-01", "2026-1", "1-Okt-2026", "20261001T", "2-555-010-0199", "1-55-010-0199", "300.1.1.1", "1.2.3.4/33", "a:b", "ab:cd:ef", "12:34",
	"a$b", "pa$Word9xQ", "$2b$12$KIXz", "$Hk39Zq71LmPx", "$", "$9", "$k9x", "a${b}", "${b}a", "$(a)b", "a$(b)", "%k9x%", "%K%x", "50%", "$env:", "a{{b}}", "{{a}}b", "{k}", "#{k9}", "#k#", "@k9@", "@KEY", "KEY@", "__k9x__", "__KEZ",
	"secrets.9fK2", "secrets.k9Qx", "secrets.9_k", "secret.KEY", "mysecrets.KEY", "secrets.A.B", "env9.KEY", "process.KEY", "a.env.KEY", "env('KEY')x", "myenv('KEY')", "a.b.c",
	"token:k9", "key:k9", "key=k9", "k=y", "a:b:c", "+://a", "arn", "arnold:k9", "vault:k9", "vaults:a#b", "a#b", "Microsoft.KeyVault(x)", "@Microsoft", "projects/p/x", "my/projects/p/secrets/x", "ENC[x", "enc", "ENCx]",
	"/9j4AAQSkZJRg", "/certsx", "/k", "/abc/def+gh==", "a/b/c", "C:", "C:k9", "CC:/k9", ".k9", "..k9", "~k9", "a./b", "-/._k9", "runs/x",
	"{k:1}", "{'k':1}", `{\k":1}`, "[k9,k8]", "BEGIN", "----BEGIN", "k{\"a\":1}",
	"your_api_key_2", "mysecretkey1", "correct-horse-battery-staple", "checkout-live-key", "harbor-lantern", "global-shop-key", "glow-worm", "glass-key", "notary-key", "n/k", "some-key", "key-in-shop", "xyxy", "xoxo", "xxxxy", "..a", "your-shop-key", "theta", "cle-de-caisse",
	"ghp", "gh_x", "ghpx_k9", "xghp_k9", "GHP_k9", "github_k9", "glpat_k9", "npmx_k9", "dckr_k9", "hvs_k9", "hvsx.k9", "eyJhbGciOiJIUzI1NiJ9.e30.Xs", "AKIAIOSFODNN7", "sk-k9",
	"KEY=", "QUJD==", "AB_D=", "Key=k9", "key9=k9", "A-B=k9", "bearerless", "bearer-k9", "Bearer_k9", "x-access-tokens:k9", "Bearer:k9",
	"x" + uuid, uuid + "x", "x-" + uuid, "x_" + uuid, uuid + "-x", uuid + "_2", uuid + "." + uuid[:3], uuid + "-" + uuid, uuid + "_" + uuid, uuid + another, uuid + ":" + another, uuid + ".", "." + uuid, "," + uuid, "{" + uuid, uuid + "}", "(" + uuid + "]", "9:" + uuid, "-9=" + uuid, "--" + uuid, "=" + uuid,
	base64Of(uuid + uuid), base64Of("x" + uuid), base64Of("0123456789abcdef0123456789abcdef"),
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	for _, text := range accepted {
		if reason, ok := nokey.Of(text); ok {
			t.Errorf("%q may be a key, but is refused as %s", text, reason.Found)
		}
	}
}

// A token is refused as a key is, but only for what no service's token can be, and
// for being a key.
func TestOfToken(t *testing.T) {
	t.Parallel()
	judged := []nokey.Class{nokey.Value, nokey.Expansion, nokey.Reference, nokey.Mask, nokey.Placeholder}
	for class, texts := range refused {
		for _, text := range texts {
			if reason, ok := nokey.OfToken(text); ok != (slices.Contains(judged, class) || nokey.IsUUID(text)) {
				t.Errorf("%q of class %d: refused as a token is %v (%s)", text, class, ok, reason.Found)
			}
		}
	}
	for text, want := range map[string]bool{uuid: true, "ghp_Zx81LqPw03MnVb67": false, "ghs_x": false, "k9": false, strings.Repeat("a1", 18): false} {
		if _, ok := nokey.OfToken(text); ok != want {
			t.Errorf("%q is refused as a token: %v", text, ok)
		}
	}
}

// What is refused has a class and says what to do; a UUID and 32 random letters and
// digits never are.
func FuzzOf(f *testing.F) {
	for _, texts := range refused {
		for _, text := range texts {
			f.Add(text)
		}
	}
	for _, text := range accepted {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reason, ok := nokey.Of(text)
		if ok != (reason.Class >= nokey.Header && reason.Class <= nokey.Marked && reason.Found != "" && reason.Hint != "") {
			t.Errorf("%q: %v, %+v", text, ok, reason)
		}
		if _, ok := nokey.OfToken(text); ok && reason.Class == 0 && !nokey.IsUUID(text) {
			t.Errorf("%q is no token, but may be a key", text)
		}
		sum := sha256.Sum256([]byte(text))
		digits := hex.EncodeToString(sum[:])
		random := fmt.Sprintf("%s-%s-%s-%s-%s", digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])
		alphanumeric := strings.NewReplacer("+", "p", "/", "s").Replace(base64.RawStdEncoding.EncodeToString(sum[:24]))
		for _, key := range []string{random, strings.ToUpper(random), alphanumeric, digits[:32], "sk_live_" + alphanumeric, base64.StdEncoding.EncodeToString(sum[:])} {
			if reason, ok := nokey.Of(key); ok {
				t.Errorf("%q is refused as %s", key, reason.Found)
			}
		}
	})
}

func TestIsCommon(t *testing.T) {
	t.Parallel()
	for want, texts := range map[bool][]string{
		true: {
			"", "a", "abc", "été", "true", "FALSE", "no", "1", "1234567", "-123.4567", "1,234,567", "2026-11-29", "2026-11-29T10:00:00Z", "production", "Production", "SANDBOX", "READ-WRITE", "revoked", "restricted", "none",
			"mismatch", "misconfigured", "must-allow-ips", "ubuntu-latest", "Ubuntu-24.04-arm", "windows-2022", "ubuntu-slim", "macos-15-xlarge", "macOS", "self-hosted", "Linux", "ARM64", "https://", "http://", "ftp://", "https:", "https",
		},
		false: {
			"abcd", "12345678", "+21366598", "2026-11-299", "productions", "my-production", "ubuntu-x9k2", "ubuntu-", "https://a", "token:", "true-k9", "1234567a", "203.0.113.45", uuid,
		},
	} {
		for _, text := range texts {
			if nokey.IsCommon(text) != want {
				t.Errorf("%q is common: %v", text, !want)
			}
		}
	}
}
