package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"retoma/internal/chat"
	"retoma/internal/fault"
	"retoma/internal/provider"
)

// SignatureHeader carries "sha256=" and the hex HMAC-SHA256 of the raw body under the app secret
// (providers.md section 1.6).
const SignatureHeader = "X-Hub-Signature-256"

const signaturePrefix = "sha256="

// Verify checks the signature over the raw bytes, in constant time, against each of the channel's app secrets.
// A missing, malformed or foreign signature is fault.Unauthorized.
func (a *Adapter) Verify(channel chat.Channel, request provider.Request) error {
	given, err := readSignature(request)
	if err != nil {
		return err
	}
	secrets := appSecrets(channel)
	if len(secrets) == 0 {
		return fault.New(fault.Unauthorized, "o canal não tem secrets.%s: sem ele nenhum webhook é aceito", SecretAppSecret)
	}
	var sum [sha256.Size]byte
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(request.Body)
		if hmac.Equal(mac.Sum(sum[:0]), given[:]) {
			return nil
		}
	}
	return fault.New(fault.Unauthorized, "assinatura do webhook não confere: verifique secrets.%s", SecretAppSecret)
}

// readSignature decodes the header. Hex of either case is the same bytes; any other algorithm is refused.
func readSignature(request provider.Request) (given [sha256.Size]byte, err error) {
	header := ""
	if request.Header != nil {
		header = strings.TrimSpace(request.Header(SignatureHeader))
	}
	if header == "" {
		return given, fault.New(fault.Unauthorized, "webhook sem o cabeçalho %s", SignatureHeader)
	}
	digits, found := strings.CutPrefix(header, signaturePrefix)
	if !found || len(digits) != hex.EncodedLen(len(given)) {
		return given, fault.New(fault.Unauthorized, "cabeçalho %s malformado: espera-se sha256= e 64 dígitos", SignatureHeader)
	}
	if _, err := hex.Decode(given[:], []byte(digits)); err != nil {
		return given, fault.New(fault.Unauthorized, "cabeçalho %s malformado: espera-se sha256= e 64 dígitos", SignatureHeader)
	}
	return given, nil
}

// Challenge answers the verification GET: the body is hub.challenge exactly. A wrong mode or token is fault.Forbidden.
func (a *Adapter) Challenge(channel chat.Channel, query func(name string) string) (string, error) {
	expected := strings.TrimSpace(channel.Secrets[SecretVerifyToken])
	if expected == "" || query("hub.mode") != "subscribe" {
		return "", fault.New(fault.Forbidden, "verificação recusada")
	}
	// Comparing digests hides the token's length as well.
	wanted, shown := sha256.Sum256([]byte(expected)), sha256.Sum256([]byte(query("hub.verify_token")))
	if subtle.ConstantTimeCompare(wanted[:], shown[:]) != 1 {
		return "", fault.New(fault.Forbidden, "verificação recusada: hub.verify_token não é o secrets.%s do canal", SecretVerifyToken)
	}
	return query("hub.challenge"), nil
}
