package app_test

import (
	"encoding/base64"
	"strings"
)

const theUUID = "9b3e6f10-52c7-4d8a-a1f4-0c6d7e8b9a25"

// keyMessages has a run for each reason why a text is no key.
func keyMessages() []scenario {
	key := func(title, text string) scenario { return scenario{title: title, given: pairs("api-key", text)} }
	token := func(title, text string) scenario {
		return scenario{title: title, given: pairs("secrets-token", text, "secret-name", "K"), secrets: []string{text}}
	}
	return []scenario{
		key("a masked key", "***"), key("an expression as key", "vars.CHECKOUT_KEY"), key("a truth value as key", "false"), key("a number as key", "4213"),
		key("a phone number as key", "0770-12-34-56"), key("a date as key", "2026-03-04"), key("an address as key", "198.51.100.77"),
		key("PEM as key", "-----BEGIN EC KEY"), key("JSON as key", `{"secret":"k9"}`), key("a reference as key", "op://shop/checkout"), key("a path as key", "/builds/shop.tmp/CHECKOUT"),
		key("an example as key", "00000000-0000-0000-0000-000000000000"), key("a GitHub token as key", "ghp_Zx81LqPw03MnVb67"), key("the workflow's token as key", theToken),
		key("a GitLab token as key", "glpat-Zx81LqPw03MnVb67"), key("a key in brackets", "<"+theUUID+">"), key("a key in base64", base64.StdEncoding.EncodeToString([]byte(theUUID+"\n"))),
		key("a placeholder as key", "PASTE_YOUR_CLE_HERE"), key("a byte order mark", "\ufeff"+theUUID), key("UTF-16", "\xff\xfe9\x00b\x00"), key("a key of two lines", theKey+"\n"+theUUID),
		key("a key with a blank", theKey+" "+theKey), key("a long key", strings.Repeat("k9", 200)), key("Bearer", "Bearer "+theKey),
		token("a swapped token", theUUID), token("a placeholder as token", "PASTE_TOKEN_HERE"),
		{title: "an invisible character in a name", given: pairs("key-name", "shop\u200b")},
	}
}

// connectionMessages has a run for each mistake about certificates and the API's address.
func connectionMessages() []scenario {
	ca := func(title, text string) scenario { return scenario{title: title, given: pairs("ca-certificate", text)} }
	address := func(title, text string) scenario { return scenario{title: title, given: pairs("base-url", text)} }
	const begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
	return []scenario{
		ca("a key among the certificates", "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----"), ca("no usable certificate", begin+"\nMAA=\n"+end), ca("half a certificate", begin+"\nMAA="),
		ca("a path as certificate", "/etc/ssl/ca.pem"), ca("a certificate without line breaks", begin+" MAA= "+end), ca(`a certificate with \n`, begin+`\nMAA=\n`+end),
		ca("a certificate in base64", base64.StdEncoding.EncodeToString([]byte(begin+"\nMAA=\n"+end))), ca("a certificate without BEGIN", "MAA="),
		address("another host of the vendor", "https://billapi.oneclickdz.com"), address("a base-url with the version", "https://api.oneclickdz.com/v3"), address("a host name in Arabic", "https://مثال.dz"),
		{title: "a device as SSL_CERT_FILE", given: pairs("SSL_CERT_FILE", "/dev/zero")},
	}
}
