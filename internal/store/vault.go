package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// vault encrypts credentials at rest (AES-256-GCM).
type vault struct{ seal cipher.AEAD }

func newVault(key string) (*vault, error) {
	if key == "" {
		return nil, fmt.Errorf("RETOMA_SECRET_KEY is empty: it encrypts the credentials of channels; give it any long random text")
	}
	size := sha256.Sum256([]byte("retoma secrets v1\n" + key))
	block, err := aes.NewCipher(size[:])
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	return &vault{seal: seal}, err
}

// lockedForm begins what lock makes.
const lockedForm = "v1:"

// lock encrypts; bound is the id of the row that the secret belongs to, so that it cannot be moved to another.
func (v *vault) lock(plain, bound string) (string, error) {
	if plain == "" {
		return "", nil
	}
	nonce := make([]byte, v.seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return lockedForm + base64.StdEncoding.EncodeToString(v.seal.Seal(nonce, nonce, []byte(plain), []byte(bound))), nil
}

// keyMemory is where the installation keeps something locked, by which a wrong key is known at the start.
const keyMemory = "secret.check"

// checkKey refuses a key that is not the one with which the stored credentials were encrypted.
func (s *Store) checkKey(ctx context.Context) error {
	locked, err := s.Recall(ctx, keyMemory)
	if err != nil {
		return err
	}
	if locked != "" {
		if _, err := s.vault.unlock(locked, keyMemory); err != nil {
			return fmt.Errorf("RETOMA_SECRET_KEY is not the one that this database's credentials were encrypted with: give the former one")
		}
		return nil
	}
	if locked, err = s.vault.lock("retoma", keyMemory); err != nil {
		return err
	}
	return s.Remember(ctx, keyMemory, locked)
}

// unlock decrypts what lock made.
func (v *vault) unlock(locked, bound string) (string, error) {
	if locked == "" {
		return "", nil
	}
	if !strings.HasPrefix(locked, lockedForm) {
		return "", fmt.Errorf("a stored secret has an unknown form")
	}
	raw, err := base64.StdEncoding.DecodeString(locked[len(lockedForm):])
	if err != nil || len(raw) < v.seal.NonceSize() {
		return "", fmt.Errorf("a stored secret is damaged")
	}
	plain, err := v.seal.Open(nil, raw[:v.seal.NonceSize()], raw[v.seal.NonceSize():], []byte(bound))
	if err != nil {
		return "", fmt.Errorf("a stored secret cannot be read: was RETOMA_SECRET_KEY changed?")
	}
	return string(plain), nil
}
