package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"retoma/internal/archive"
)

// postgresDump is a read-only transaction that sees one moment, however long it takes.
type postgresDump struct{ connection *pgx.Conn }

func openPostgresDump(ctx context.Context, address string) (*postgresDump, error) {
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not answer: %w", err)
	}
	s := &postgresDump{connection: connection}
	for _, statement := range []string{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT 1"} {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

func (s *postgresDump) name() string { return "postgres" }

func (s *postgresDump) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return s.connection.Close(ctx)
}

func (s *postgresDump) each(ctx context.Context, read func(row scanner) error, query string) error {
	found, err := s.connection.Query(ctx, query)
	if err != nil {
		return err
	}
	defer found.Close()
	return statement{each: read}.consume(found)
}

func (s *postgresDump) tables(ctx context.Context) ([]archive.Table, error) {
	var tables []archive.Table
	err := s.each(ctx, func(row scanner) error {
		var table, column, declared string
		if err := row.Scan(&table, &column, &declared); err != nil {
			return err
		}
		kind, err := kindOf(table, column, declared)
		tables = withColumn(tables, table, archive.Column{Name: column, Kind: kind})
		return err
	}, `SELECT c.table_name::text, c.column_name::text, c.data_type::text FROM information_schema.columns c
		JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
		WHERE c.table_schema = current_schema() AND c.table_name <> '`+migrationTable+`' AND c.is_generated = 'NEVER'
		ORDER BY c.table_name, c.ordinal_position`)
	return tables, err
}

// serials are the columns of tables that number their rows themselves.
const serials = `SELECT c.table_name::text, c.column_name::text, pg_get_serial_sequence(quote_ident(c.table_schema) || '.' || quote_ident(c.table_name), c.column_name)
	FROM information_schema.columns c WHERE c.table_schema = current_schema() AND c.is_identity = 'YES' AND c.table_name <> '` + migrationTable + `'`

// sequences are read after the rows' moment began, so that no number is given twice.
func (s *postgresDump) sequences(ctx context.Context) (map[string]int64, error) {
	sources := map[string]string{}
	err := s.each(ctx, func(row scanner) error {
		var table, column, sequence string
		err := row.Scan(&table, &column, &sequence)
		sources[table] = sequence
		return err
	}, serials)
	last := map[string]int64{}
	for table, sequence := range sources {
		if err == nil {
			err = s.each(ctx, func(row scanner) error {
				var value int64
				err := row.Scan(&value)
				last[table] = value
				return err
			}, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "+sequence)
		}
	}
	return last, err
}

func (s *postgresDump) copyOut(ctx context.Context, table archive.Table, to io.Writer) error {
	_, err := s.connection.PgConn().CopyTo(ctx, to, "COPY (SELECT "+joined(columnNames(table))+" FROM "+quoted(table.Name)+") TO STDOUT")
	return err
}

func joined(names []string) string { return strings.Join(names, ", ") }
