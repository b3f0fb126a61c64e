package archive

import "time"

// Format is the number of the form that this package writes, and the newest that it reads.
const Format = 1

// Manifest is the first entry, manifest.json: what the archive is.
type Manifest struct {
	Format int `json:"format"`
	// Migration is the number of the last migration of the database that was saved.
	Migration int64 `json:"migration"`
	// Engine is "sqlite" or "postgres": where the rows come from. They can go to either.
	Engine string `json:"engine"`
	// At is the moment that the archive shows: whatever was committed before is in it, nothing later is.
	At     time.Time `json:"at"`
	Tables []Table   `json:"tables"`
	// Sequences are the last numbers that tables have given to their rows, by table.
	Sequences map[string]int64 `json:"sequences,omitempty"`
}

// Table is one table's name and its columns, in the order of the cells of its rows.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
}

// Column is one column's name and what its cells hold.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Kind is what the cells of a column hold.
type Kind string

// The kinds of cells. Retoma's tables have no others.
const (
	Text    Kind = "text"
	Integer Kind = "integer"
	Boolean Kind = "boolean"
)

// Summary is the last entry, summary.json. An archive without one was cut off.
type Summary struct {
	Tables []TableSum `json:"tables"`
	// Files counts the files' bytes that are in the archive.
	Files     int   `json:"files"`
	FileBytes int64 `json:"fileBytes"`
}

// TableSum is what one table's rows come to.
type TableSum struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	// SHA256 is over all of the table's rows as they are written, in hexadecimal.
	SHA256 string `json:"sha256"`
}

// The names of the entries.
const (
	manifestName = "manifest.json"
	summaryName  = "summary.json"
	tablesFolder = "tables/"
	filesFolder  = "files/"
)

// chunk is how much of a table is one entry: a tar entry tells its size before its content.
const chunk = 4 << 20
