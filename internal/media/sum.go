package media

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

const sumSize = 32

// isSum tells whether a text is a SHA-256 in lower-case hexadecimal.
func isSum(text string) bool {
	if len(text) != 2*sumSize {
		return false
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// readSum reads a SHA-256 as providers write it - hexadecimal in either case, or base64 in either alphabet, padded or not -
// and gives it in lower-case hexadecimal; false for what is none.
func readSum(written string) (string, bool) {
	written = strings.TrimSpace(written)
	if lower := strings.ToLower(written); isSum(lower) {
		return lower, true
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(written, "="))
	decoded, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil || len(decoded) != sumSize {
		return "", false
	}
	return hex.EncodeToString(decoded), true
}
