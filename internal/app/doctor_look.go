package app

import (
	"context"
	"os"
	"strings"
	"syscall"
	"time"

	"retoma/internal/doctor"
	"retoma/internal/media"
)

// look gathers what there is to judge. What does not answer is said, and the rest is looked at all the same.
func (e examination) look(ctx context.Context) doctor.Facts {
	f := doctor.Facts{Now: time.Now()}
	if e.lookAtDatabase(ctx, &f) {
		e.lookAtTenants(ctx, &f)
	}
	e.lookAtQueue(ctx, &f)
	e.lookAtDisk(&f)
	e.lookAtFiles(ctx, &f)
	return f
}

// lookAtDatabase tells whether the database is there and as this version knows it.
func (e examination) lookAtDatabase(ctx context.Context, f *doctor.Facts) bool {
	states, err := e.store.Migrations(ctx)
	if err != nil {
		f.DatabaseProblem = err.Error()
		return false
	}
	for _, one := range states {
		if !one.Applied {
			f.Migrations++
		}
	}
	if f.Migrations > 0 {
		return false
	}
	health, err := e.store.Health(ctx, e.config.horizon())
	if err != nil {
		f.DatabaseProblem = err.Error()
		return false
	}
	f.Health = &health
	f.Now = time.Now() // nearer to the moment at which the database told its own
	return true
}

func (e examination) lookAtQueue(ctx context.Context, f *doctor.Facts) {
	if e.wake == nil || f.Migrations > 0 {
		return
	}
	armed, err := e.store.Armed(ctx, f.Now.Add(e.config.horizon()), 300)
	if err != nil {
		return // the database has been told of
	}
	found, err := e.wake.Inspect(ctx, armed)
	if err != nil {
		f.RedisProblem = err.Error()
		return
	}
	f.Queue = &doctor.Queue{
		Embedded: found.Embedded, Now: found.Now, Elsewhere: found.Epoch != found.ArmedEpoch, Workers: found.Workers, Taskless: found.Taskless,
		Evicts: found.Evicts, AppendOnly: found.AppendOnly, Settled: found.Settled,
	}
	for _, queue := range found.Queues {
		f.Queue.Archived += queue.Archived
		f.Queue.Retry += queue.Retry
		if queue.Paused {
			f.Queue.Paused = append(f.Queue.Paused, queue.Name)
		}
	}
}

func (e examination) lookAtDisk(f *doctor.Facts) {
	path, is := strings.CutPrefix(e.config.DatabaseURL, "sqlite://")
	if !is {
		return
	}
	disk := &doctor.Disk{}
	if info, err := os.Stat(path); err == nil {
		disk.Size = info.Size()
	}
	if info, err := os.Stat(path + "-wal"); err == nil {
		disk.Log = info.Size()
	}
	var room syscall.Statfs_t
	if err := syscall.Statfs(e.config.dataFolder(), &room); err != nil {
		return
	}
	disk.Free = int64(room.Bavail) * room.Bsize
	f.Disk = disk
}

func (e examination) lookAtFiles(ctx context.Context, f *doctor.Facts) {
	blobs, err := media.Open(e.config.MediaURL, e.config.dataFolder())
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, checkLimit)
		defer cancel()
		err = blobs.Check(ctx)
	}
	if err != nil {
		f.FilesProblem = err.Error()
	}
}
