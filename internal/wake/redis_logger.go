package wake

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// redisLogger passes the client library's own complaints on to slog; it would write plain lines to the error output.
type redisLogger struct{ logger *slog.Logger }

// Printf is what the library calls.
func (l redisLogger) Printf(ctx context.Context, format string, values ...any) {
	l.logger.DebugContext(ctx, "redis client", "text", fmt.Sprintf(format, values...))
}

// LogRedis sends the log of every Redis client of this process to a logger. The library has one logger for all clients,
// so a program calls this once, at its start.
func LogRedis(logger *slog.Logger) { redis.SetLogger(redisLogger{logger}) }
