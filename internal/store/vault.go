package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"retoma/internal/fault"
)

// vault encrypts credentials at rest (AES-256-GCM). The first key locks; each of them opens what it locked, so that the key can
// be changed while everything runs.
type vault struct{ seals []cipher.AEAD }

func newVault(key string, former []string) (*vault, error) {
	if key == "" {
		return nil, fmt.Errorf("RETOMA_SECRET_KEY is empty: it encrypts the credentials of channels; give it any long random text")
	}
	v := &vault{}
	for _, one := range append([]string{key}, former...) {
		if one == "" {
			return nil, fmt.Errorf("RETOMA_SECRET_KEYS_OLD holds an empty key: list the former keys with a comma between them")
		}
		seal, err := sealOf(one)
		if err != nil {
			return nil, err
		}
		v.seals = append(v.seals, seal)
	}
	return v, nil
}

func sealOf(key string) (cipher.AEAD, error) {
	size := sha256.Sum256([]byte("retoma secrets v1\n" + key))
	block, err := aes.NewCipher(size[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// lockedForm begins what lock makes.
const lockedForm = "v1:"

// lock encrypts; bound is the id of the row that the secret belongs to, so that it cannot be moved to another.
func (v *vault) lock(plain, bound string) (string, error) {
	if plain == "" {
		return "", nil
	}
	seal := v.seals[0]
	nonce := make([]byte, seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return lockedForm + base64.StdEncoding.EncodeToString(seal.Seal(nonce, nonce, []byte(plain), []byte(bound))), nil
}

// errWrongKey tells that none of the keys locked a secret.
var errWrongKey = errors.New("a stored secret cannot be read: was RETOMA_SECRET_KEY changed?")

// unlock decrypts what lock made.
func (v *vault) unlock(locked, bound string) (string, error) {
	plain, _, err := v.open(locked, bound)
	return plain, err
}

// open decrypts, and tells whether a former key was needed.
func (v *vault) open(locked, bound string) (plain string, former bool, err error) {
	if locked == "" {
		return "", false, nil
	}
	if !strings.HasPrefix(locked, lockedForm) {
		return "", false, fmt.Errorf("a stored secret has an unknown form")
	}
	raw, err := base64.StdEncoding.DecodeString(locked[len(lockedForm):])
	if err != nil || len(raw) < v.seals[0].NonceSize() {
		return "", false, fmt.Errorf("a stored secret is damaged")
	}
	nonce, content := raw[:v.seals[0].NonceSize()], raw[v.seals[0].NonceSize():]
	for i, seal := range v.seals {
		if opened, err := seal.Open(nil, nonce, content, []byte(bound)); err == nil {
			return string(opened), i > 0, nil
		}
	}
	return "", false, errWrongKey
}

// anew is the same secret under the newest key; changed is false where it is under it already.
func (v *vault) anew(locked, bound string) (again string, changed bool, err error) {
	plain, former, err := v.open(locked, bound)
	if err != nil || !former {
		return locked, false, err
	}
	again, err = v.lock(plain, bound)
	return again, true, err
}

// keyMemory is where the installation keeps something locked, by which a wrong key is known at the start.
const keyMemory = "secret.check"

// checkKey refuses keys of which none is the one with which the stored credentials were encrypted.
func (s *Store) checkKey(ctx context.Context) error {
	locked, err := s.Recall(ctx, keyMemory)
	if err != nil {
		return err
	}
	if locked != "" {
		return wrongKey(s.vault.unlock(locked, keyMemory))
	}
	// A database from before there was a memory: any channel's credentials tell the same.
	id, secrets := "", ""
	if _, err := s.one(ctx, func(row scanner) error { return row.Scan(&id, &secrets) }, "SELECT id, secrets FROM channels WHERE secrets <> '' ORDER BY id LIMIT 1"); err != nil {
		return err
	}
	if err := wrongKey(s.vault.unlock(secrets, id)); err != nil {
		return err
	}
	if locked, err = s.vault.lock("retoma", keyMemory); err != nil {
		return err
	}
	return s.Remember(ctx, keyMemory, locked)
}

// SecretsReadable tells whether what is stored encrypted can be read with this process's key.
func (s *Store) SecretsReadable(ctx context.Context) error {
	locked, err := s.Recall(ctx, keyMemory)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "o banco de dados não responde")
	}
	_, err = s.vault.unlock(locked, keyMemory)
	return err
}

func wrongKey(_ string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("RETOMA_SECRET_KEY is not the one that this database's credentials were encrypted with: give the former one, or name it in RETOMA_SECRET_KEYS_OLD (%w)", err)
}
