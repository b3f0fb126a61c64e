package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// Only what a database says about what it was asked to write may cost somebody in particular.
func TestADatabaseThatIsAwayIsToldFromOneThatRefuses(t *testing.T) {
	for _, c := range []struct {
		err  error
		away bool
	}{
		{&pgconn.PgError{Code: "23505"}, false},
		{&pgconn.PgError{Code: "22P05"}, false},
		{fmt.Errorf("receiving: %w", &pgconn.PgError{Code: "57P01"}), true},
		{&pgconn.PgError{Code: "53300"}, true},
		{&pgconn.PgError{Code: "08006"}, true},
		{&pgconn.ConnectError{}, true},
		{fmt.Errorf("receiving: %w", io.ErrUnexpectedEOF), true},
		{context.DeadlineExceeded, true},
		{errors.New("a value that no column takes"), false},
	} {
		require.Equal(t, c.away, (&postgresDatabase{}).away(c.err), "%v", c.err)
	}
	require.True(t, (&sqliteDatabase{}).away(context.DeadlineExceeded))
	require.False(t, (&sqliteDatabase{}).away(errors.New("a value that no column takes")))
}
