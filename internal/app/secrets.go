package app

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keptSecrets are what a development installation makes up for itself, so that it goes on where it was.
type keptSecrets struct {
	SecretKey string `json:"secretKey"`
	JWTSecret string `json:"jwtSecret"`
}

// withSecrets fills in missing secrets from the data folder, and makes them at the first start. In production check has
// already refused a missing one.
func (c Config) withSecrets() (Config, error) {
	if c.SecretKey != "" && (c.JWTSecret != "" || c.JWKSURL != "") {
		return c, nil
	}
	kept, err := loadSecrets(filepath.Join(c.dataFolder(), "secrets.json"))
	if err != nil {
		return c, err
	}
	if c.SecretKey == "" {
		c.SecretKey = kept.SecretKey
	}
	if c.JWTSecret == "" {
		c.JWTSecret = kept.JWTSecret
	}
	return c, nil
}

func loadSecrets(path string) (keptSecrets, error) {
	var kept keptSecrets
	raw, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(raw, &kept); err != nil {
			return kept, fmt.Errorf("%s is damaged: %w", path, err)
		}
		return kept, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	kept = keptSecrets{SecretKey: randomText(32), JWTSecret: randomText(32)}
	encoded, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return kept, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return kept, err
	}
	return kept, os.WriteFile(path, encoded, 0o600)
}

// randomText is hex of so many random bytes.
func randomText(bytes int) string {
	raw := make([]byte, bytes)
	if _, err := rand.Read(raw); err != nil {
		panic("the machine has no randomness: " + err.Error())
	}
	return hex.EncodeToString(raw)
}
