package wake

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/alicebob/miniredis/v2"
	lua "github.com/yuin/gopher-lua"

	"retoma/internal/fault"
)

// embedded is the Redis inside this process. It keeps nothing: with SQL as the truth a restart arms everything again.
type embedded struct {
	server *miniredis.Miniredis
	// address is where it listens; empty without an open port.
	address string
}

// What a script of ours or asynq's needs at most, with room: the deepest calls itself twice, and none handles more than some hundred
// values at once. The library's own measure, 5,120 values and 256 calls, is made anew for each script, which was four fifths of the
// garbage of an idle process.
const (
	scriptValues = 1024
	scriptCalls  = 64
)

// TightenScripts lets the scripts of an embedded Redis take less memory. It is called once, before anything starts.
func TightenScripts() {
	lua.RegistrySize, lua.CallStackSize = scriptValues, scriptCalls
}

// startEmbedded starts it, with a port only if one is asked for, and only on loopback: the port has no password.
func startEmbedded(listen string, logger *slog.Logger) (*embedded, error) {
	server := miniredis.NewMiniRedis()
	if listen == "" {
		return &embedded{server: server}, nil
	}
	if err := onlyLoopback(listen); err != nil {
		return nil, err
	}
	if err := server.StartAddr(listen); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the embedded Redis could not listen on %s", listen)
	}
	logger.Info("embedded Redis listens for inspection", "address", server.Addr())
	return &embedded{server: server, address: server.Addr()}, nil
}

func onlyLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fault.Field("redis-listen", "must be an address such as 127.0.0.1:6380")
	}
	if address := net.ParseIP(host); address == nil || !address.IsLoopback() {
		return fault.Field("redis-listen", "must be a loopback address such as 127.0.0.1: the port has no password")
	}
	return nil
}

// run lets time-to-live pass, which this Redis does not do by itself, until ctx ends.
func (e *embedded) run(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			e.server.FastForward(time.Second)
		}
	}
}
