package storetest

import (
	"embed"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"retoma/internal/archive"
	"retoma/internal/store"
)

// Databases that earlier versions left behind while work was pending, each saved when its process was killed: the demonstration's
// model, five customers. Ana (…0001) has the second message pending and has written "obrigado", which nobody read; …0002 answered;
// …0003 was taken out; the first message to …0004 was under way; …0005 has written and is to be enrolled, which nobody read.
//
//go:embed testdata/old
var old embed.FS

// OldKey is the secret key of the stored databases.
const OldKey = "key of the stored databases"

// OldVersions are the stored databases, by the number of their last migration.
func OldVersions(t testing.TB) []string {
	t.Helper()
	files, err := old.ReadDir("testdata/old")
	require.NoError(t, err)
	var versions []string
	for _, file := range files {
		versions = append(versions, strings.TrimSuffix(file.Name(), ".backup"))
	}
	slices.Sort(versions)
	return versions
}

// Old makes a database as an earlier version left it, at its own migration, and gives the moment of its end.
func Old(t testing.TB, engine, version string) (address string, at time.Time) {
	t.Helper()
	file, err := old.Open("testdata/old/" + version + ".backup")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	from, err := archive.NewReader(file)
	require.NoError(t, err)
	address = Bare(t, engine)
	options := store.RestoreOptions{Options: store.Options{Address: address, SecretKey: OldKey}, AsItWas: true}
	filling, err := store.BeginRestore(t.Context(), options, from.Manifest())
	require.NoError(t, err)
	_, err = from.Walk(archive.Visitor{Table: func(table archive.Table, rows io.Reader) error { return filling.Load(t.Context(), table, rows) }})
	require.NoError(t, err)
	_, err = filling.Publish(t.Context(), from.Manifest(), time.Time{})
	require.NoError(t, err)
	require.NoError(t, filling.Leave())
	return address, from.Manifest().At
}
