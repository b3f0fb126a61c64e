package store

import (
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Pool is what the connections to the database are doing. On SQLite only the readers count: there is one writer.
type Pool struct {
	Most, InUse, Idle int64
	// Waits is how often somebody had to wait for a connection, and Waited how long all of them did.
	Waits  int64
	Waited time.Duration
}

// Pool tells what the connections to the database are doing.
func (s *Store) Pool() Pool { return s.database.pooled() }

func (d *postgresDatabase) pooled() Pool {
	var all Pool
	for _, pool := range []*pgxpool.Pool{d.pool, d.readers} {
		stat := pool.Stat()
		all.Most += int64(stat.MaxConns())
		all.InUse += int64(stat.AcquiredConns())
		all.Idle += int64(stat.IdleConns())
		all.Waits += stat.EmptyAcquireCount()
		all.Waited += stat.EmptyAcquireWaitTime()
	}
	return all
}

func (d *sqliteDatabase) pooled() Pool {
	stat := d.readers.Stats()
	return Pool{Most: int64(stat.MaxOpenConnections), InUse: int64(stat.InUse), Idle: int64(stat.Idle), Waits: stat.WaitCount, Waited: stat.WaitDuration}
}
