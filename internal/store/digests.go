package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// digestMemory is where the installation keeps the key of its digests, locked. It is a key of its own, so that digests stay what
// they are when the secret key is changed.
const digestMemory = "digest.key"

// readDigestKey reads the key of digests, or makes it.
func (s *Store) readDigestKey(ctx context.Context) error {
	locked, err := s.Recall(ctx, digestMemory)
	if err != nil {
		return err
	}
	if locked == "" {
		fresh := make([]byte, sha256.Size)
		if _, err := rand.Read(fresh); err != nil {
			return err
		}
		if locked, err = s.vault.lock(base64.StdEncoding.EncodeToString(fresh), digestMemory); err != nil {
			return err
		}
		var work batch // another process may be starting too: the first one's key is everybody's
		work.exec("INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", digestMemory, locked)
		if err := s.writeBatch(ctx, "remember", &work); err != nil {
			return err
		}
		if locked, err = s.Recall(ctx, digestMemory); err != nil {
			return err
		}
	}
	plain, err := s.vault.unlock(locked, digestMemory)
	if err != nil {
		return err
	}
	s.digestKey, err = base64.StdEncoding.DecodeString(plain)
	return err
}

// digest tells texts apart without telling what they are: HMAC-SHA-256 (RFC 2104) under the installation's key, in hex. The
// same texts always give the same digest.
func (s *Store) digest(parts ...string) string {
	sum := hmac.New(sha256.New, s.digestKey)
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
