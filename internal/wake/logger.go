package wake

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// repeatEvery is how often one kind of complaint of asynq's is passed on: without Redis it has several a second.
const repeatEvery = 30 * time.Second

// asynqLogger passes asynq's log on to slog.
type asynqLogger struct {
	logger *slog.Logger
	now    func() time.Time

	mutex sync.Mutex
	last  map[string]time.Time
}

func newAsynqLogger(o Options) *asynqLogger {
	return &asynqLogger{logger: o.Logger, now: o.Now, last: map[string]time.Time{}}
}

func (l *asynqLogger) log(level slog.Level, args []any) {
	text := fmt.Sprint(args...)
	kind := text[:min(len(text), 24)]
	now := l.now()
	l.mutex.Lock()
	last, said := l.last[kind]
	quiet := said && now.Sub(last) < repeatEvery
	if !quiet && len(l.last) < 1000 {
		l.last[kind] = now
	}
	l.mutex.Unlock()
	if !quiet {
		l.logger.Log(context.Background(), level, "asynq: "+text)
	}
}

// Debug is for asynq.Logger; asynq's level keeps it from being called.
func (l *asynqLogger) Debug(args ...any) { l.log(slog.LevelDebug, args) }

// Info is for asynq.Logger.
func (l *asynqLogger) Info(args ...any) { l.log(slog.LevelInfo, args) }

// Warn is for asynq.Logger. Nothing that asynq warns of loses work here, so it is said as what it is.
func (l *asynqLogger) Warn(args ...any) { l.log(slog.LevelWarn, args) }

// Error is for asynq.Logger; asynq's errors are Redis being away, which the scan heals.
func (l *asynqLogger) Error(args ...any) { l.log(slog.LevelWarn, args) }

// Fatal is for asynq.Logger; it ends nothing.
func (l *asynqLogger) Fatal(args ...any) { l.log(slog.LevelError, args) }
