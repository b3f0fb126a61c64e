package store

import (
	"embed"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrationFolder shows one engine's migrations as a single folder: those that both engines read alike, and those that
// are written in its own words, under one numbering.
type migrationFolder struct{ common, own fs.FS }

func newMigrationFolder(engine string) (migrationFolder, error) {
	common, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return migrationFolder{}, err
	}
	own, err := fs.Sub(migrations, path.Join("migrations", engine))
	return migrationFolder{common: common, own: own}, err
}

// Open opens a migration, the engine's own if it has one.
func (f migrationFolder) Open(name string) (fs.File, error) {
	file, err := f.own.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return f.common.Open(name)
	}
	return file, err
}

// Glob lists the migrations, in order of name.
func (f migrationFolder) Glob(pattern string) ([]string, error) {
	shared, err := fs.Glob(f.common, pattern)
	if err != nil {
		return nil, err
	}
	own, err := fs.Glob(f.own, pattern)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(slices.Values(slices.Concat(shared, own))), nil
}

// MigrationText is one migration as it is written.
type MigrationText struct {
	Version int64
	SQL     string
}

// MigrationTexts are the migrations of an engine ("sqlite" or "postgres"), in the order in which Migrate applies them.
func MigrationTexts(engine string) ([]MigrationText, error) {
	folder, err := newMigrationFolder(engine)
	if err != nil {
		return nil, err
	}
	names, err := folder.Glob("*.sql")
	if err != nil {
		return nil, err
	}
	texts := make([]MigrationText, len(names))
	for i, name := range names {
		if texts[i].Version, err = goose.NumericComponent(name); err != nil {
			return nil, err
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		texts[i].SQL = string(text)
	}
	return texts, nil
}
