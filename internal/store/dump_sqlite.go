package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"retoma/internal/archive"
)

// sqliteDump is a reading transaction on a file that another process may be writing: in WAL mode neither waits for the other.
// It does not take the file's lock, which is for those who write.
type sqliteDump struct {
	pool       *sql.DB
	connection *sql.Conn
}

func openSQLiteDump(ctx context.Context, path string) (*sqliteDump, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no database: %w", err)
	}
	pool, err := sql.Open("sqlite", sqliteAddress(path, "_pragma=query_only(1)"))
	if err != nil {
		return nil, err
	}
	connection, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	s := &sqliteDump{pool: pool, connection: connection}
	// The transaction begins to see with its first reading.
	for _, statement := range []string{"BEGIN", "SELECT COUNT(*) FROM sqlite_master"} {
		if _, err := connection.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(fmt.Errorf("reading the database: %w", err), s.close())
		}
	}
	return s, nil
}

func (s *sqliteDump) name() string { return "sqlite" }

func (s *sqliteDump) close() error { return errors.Join(s.connection.Close(), s.pool.Close()) }

func (s *sqliteDump) each(ctx context.Context, read func(row scanner) error, query string) error {
	return eachRow(ctx, s.connection, read, query)
}

// eachRow reads a query's rows.
func eachRow(ctx context.Context, connection *sql.Conn, read func(row scanner) error, query string) (err error) {
	found, err := connection.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	if err := (statement{each: read}).consume(found); err != nil {
		return err
	}
	return found.Err()
}

func (s *sqliteDump) tables(ctx context.Context) ([]archive.Table, error) {
	var tables []archive.Table
	err := s.each(ctx, func(row scanner) error {
		var table, column, declared string
		if err := row.Scan(&table, &column, &declared); err != nil {
			return err
		}
		kind, err := kindOf(table, column, declared)
		tables = withColumn(tables, table, archive.Column{Name: column, Kind: kind})
		return err
	}, `SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> '`+migrationTable+`' AND c.hidden = 0 ORDER BY m.name, c.cid`)
	return tables, err
}

// withColumn adds a column to the last table, or a table for it.
func withColumn(tables []archive.Table, table string, column archive.Column) []archive.Table {
	if len(tables) == 0 || tables[len(tables)-1].Name != table {
		tables = append(tables, archive.Table{Name: table})
	}
	last := &tables[len(tables)-1]
	last.Columns = append(last.Columns, column)
	return tables
}

func (s *sqliteDump) sequences(ctx context.Context) (map[string]int64, error) {
	last := map[string]int64{}
	err := s.each(ctx, func(row scanner) error {
		var name string
		var value int64
		if err := row.Scan(&name, &value); err != nil {
			return err
		}
		last[name] = value
		return nil
	}, "SELECT name, seq FROM sqlite_sequence WHERE name <> '"+migrationTable+"'")
	return last, err
}

func (s *sqliteDump) copyOut(ctx context.Context, table archive.Table, to io.Writer) error {
	cells, targets := make([]any, len(table.Columns)), make([]any, len(table.Columns))
	for i := range cells {
		targets[i] = &cells[i]
	}
	texts, spelled := make([]string, len(cells)), make([]*string, len(cells))
	var line []byte
	return s.each(ctx, func(row scanner) error {
		if err := row.Scan(targets...); err != nil {
			return err
		}
		for i, cell := range cells {
			var err error
			if spelled[i], err = cellText(cell, table.Columns[i].Kind, &texts[i]); err != nil {
				return fmt.Errorf("%s: %w", table.Columns[i].Name, err)
			}
		}
		line = archive.AppendRow(line[:0], spelled)
		_, err := to.Write(line)
		return err
	}, "SELECT "+joined(columnNames(table))+" FROM "+quoted(table.Name))
}

// cellText writes what SQLite keeps in a cell, which need not be of the type that its column declares.
func cellText(cell any, kind archive.Kind, into *string) (*string, error) {
	switch value := cell.(type) {
	case nil:
		return nil, nil
	case string:
		*into = text(value)
	case []byte:
		*into = text(string(value))
	case int64:
		*into = strconv.FormatInt(value, 10)
		if kind == archive.Boolean {
			*into = boolText(value != 0)
		}
	case bool:
		*into = boolText(value)
	default:
		return nil, fmt.Errorf("a value of the type %T cannot be saved", cell)
	}
	return into, nil
}

func boolText(value bool) string {
	if value {
		return "t"
	}
	return "f"
}
