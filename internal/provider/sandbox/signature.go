package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// SignatureHeader is the header that carries the signature of a webhook.
const SignatureHeader = "X-Hub-Signature-256"

// Sign makes the value of [SignatureHeader]: "sha256=" and the hexadecimal HMAC-SHA256 of the raw body under the app secret.
func Sign(appSecret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
