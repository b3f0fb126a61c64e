package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"retoma/internal/archive"
)

// restoreName is what PostgreSQL is told that a restore's connections are.
const restoreName = "retoma-restore"

// postgresRestore fills a schema beside the one in use, and moves its tables there in one transaction in the end.
type postgresRestore struct {
	connection      *pgx.Conn
	schema, filling string
	beside          *Store
	closed          bool
}

func beginPostgresRestore(ctx context.Context, o RestoreOptions) (*postgresRestore, *Store, error) {
	address, err := withParameter(o.Address, "application_name", restoreName)
	if err != nil {
		return nil, nil, err
	}
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, nil, fmt.Errorf("PostgreSQL does not answer: %w", err)
	}
	r := &postgresRestore{connection: connection, closed: true}
	if err := connection.QueryRow(ctx, "SELECT current_schema()::text").Scan(&r.schema); err != nil {
		return nil, nil, errors.Join(err, r.leave())
	}
	r.filling = r.schema + "_restoring"
	if err := r.check(ctx, o.Address, o.Replace); err != nil {
		return nil, nil, errors.Join(err, r.leave())
	}
	for _, statement := range []string{"DROP SCHEMA IF EXISTS " + quoted(r.filling) + " CASCADE", "CREATE SCHEMA " + quoted(r.filling)} {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("making room beside the database (the user needs the right to create schemas): %w", err), r.leave())
		}
	}
	r.closed = false
	if o.Options.Address, err = withParameter(address, "search_path", quoted(r.filling)); err != nil {
		return nil, nil, errors.Join(err, r.leave())
	}
	if r.beside, err = Connect(ctx, o.Options); err != nil {
		return nil, nil, errors.Join(err, r.leave())
	}
	return r, r.beside, nil
}

// withParameter gives an address another parameter of the connection.
func withParameter(address, name, value string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", errors.New("RETOMA_DATABASE_URL: write postgres://USER:PASSWORD@HOST/DATABASE, with what is special in a password escaped (%2F for /)")
	}
	query := parsed.Query()
	query.Set(name, value)
	parsed.RawQuery = query.Encode()
	return parsed.String(), nil
}

// check refuses a database that a process of retoma uses, or that holds something.
func (r *postgresRestore) check(ctx context.Context, address string, replace bool) error {
	name, err := processName(address)
	if err != nil {
		return err
	}
	var others int
	if err := r.connection.QueryRow(ctx, "SELECT COUNT(DISTINCT COALESCE(client_addr::text, '') || ' ' || COALESCE(client_port::text, '')) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1", name).Scan(&others); err != nil {
		return err
	}
	if others > 0 {
		return fmt.Errorf("processes of retoma use this database (%d connections): stop all of them first", others)
	}
	if replace {
		return nil
	}
	var tenants int
	err = tenantsOf(func(query string, into *int) error { return r.connection.QueryRow(ctx, query).Scan(into) },
		"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'tenants'", &tenants)
	if err == nil && tenants > 0 {
		err = ErrNotEmpty
	}
	return err
}

// processName is what PostgreSQL is told that a process's connections are: a database may hold several schemas.
func processName(address string) (string, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return "", fmt.Errorf("reading the PostgreSQL address: %w", err)
	}
	return nameIn(config.RuntimeParams), nil
}

func nameIn(parameters map[string]string) string {
	switch {
	case parameters["application_name"] != "":
		return parameters["application_name"]
	case parameters["search_path"] != "":
		return "retoma/" + parameters["search_path"]
	}
	return "retoma"
}

// each reads rows of one text.
func (r *postgresRestore) each(ctx context.Context, query, schema string) ([]string, error) {
	found, err := r.connection.Query(ctx, query, schema)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowTo[string])
}

const (
	tablesIn = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1 AND table_type = 'BASE TABLE' ORDER BY table_name"
	// functionsIn gives functions with the types of their arguments.
	functionsIn = `SELECT quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' FROM pg_proc p
		JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 ORDER BY 1`
)

func (r *postgresRestore) quiet(ctx context.Context) error {
	return r.switchTriggers(ctx, "DISABLE")
}

func (r *postgresRestore) loud(ctx context.Context) error { return r.switchTriggers(ctx, "ENABLE") }

func (r *postgresRestore) switchTriggers(ctx context.Context, how string) error {
	tables, err := r.each(ctx, tablesIn, r.filling)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := r.connection.Exec(ctx, "ALTER TABLE "+r.inside(table)+" "+how+" TRIGGER USER"); err != nil {
			return err
		}
	}
	return nil
}

func (r *postgresRestore) inside(table string) string { return quoted(r.filling) + "." + quoted(table) }

func (r *postgresRestore) load(ctx context.Context, table archive.Table, rows io.Reader) error {
	if _, err := r.connection.Exec(ctx, "DELETE FROM "+r.inside(table.Name)); err != nil {
		return err
	}
	_, err := r.connection.PgConn().CopyFrom(ctx, rows, "COPY "+r.inside(table.Name)+" ("+joined(columnNames(table))+") FROM STDIN")
	return err
}

func (r *postgresRestore) setSequences(ctx context.Context, last map[string]int64) error {
	for table, value := range last {
		if value == 0 {
			continue
		}
		if _, err := r.connection.Exec(ctx, "SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", r.inside(table), value); err != nil {
			return err
		}
	}
	return nil
}

// publish moves tables and functions into the place of those that are in use; it happens in one transaction.
func (r *postgresRestore) publish(ctx context.Context) error {
	if err := r.beside.Close(); err != nil {
		return err
	}
	r.beside = nil
	tables, err := r.each(ctx, tablesIn, r.filling)
	if err != nil {
		return err
	}
	functions, err := r.each(ctx, functionsIn, r.filling)
	if err != nil {
		return err
	}
	var statements []string
	for _, table := range tables {
		statements = append(statements, "DROP TABLE IF EXISTS "+quoted(r.schema)+"."+quoted(table)+" CASCADE")
	}
	for _, function := range functions {
		statements = append(statements, "DROP FUNCTION IF EXISTS "+quoted(r.schema)+"."+function+" CASCADE",
			"ALTER FUNCTION "+quoted(r.filling)+"."+function+" SET SCHEMA "+quoted(r.schema))
	}
	for _, table := range tables {
		statements = append(statements, "ALTER TABLE "+r.inside(table)+" SET SCHEMA "+quoted(r.schema))
	}
	statements = append(statements, "DROP SCHEMA "+quoted(r.filling))
	err = pgx.BeginFunc(ctx, r.connection, func(tx pgx.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%w in %q", err, firstWords(statement))
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("putting the restored database in place: %w", err)
	}
	r.closed = true
	return nil
}

func (r *postgresRestore) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var err error
	if r.beside != nil {
		err = r.beside.Close()
	}
	if !r.closed {
		_, dropped := r.connection.Exec(ctx, "DROP SCHEMA IF EXISTS "+quoted(r.filling)+" CASCADE")
		err = errors.Join(err, dropped)
	}
	return errors.Join(err, r.connection.Close(ctx))
}
