package app

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// settled is when a process has done what only a start does: tables migrated, documents of the API built, the horizon armed.
const settled = 20 * time.Second

// giveBack returns to the system what only starting needed: free heap, and the pages of the program's own file that starting touched
// (tables of init functions, code that ran once). Most of them are never touched again; those that are come back from the page cache.
func giveBack(ctx context.Context, log *slog.Logger) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(settled):
	}
	debug.FreeOSMemory()
	if err := releaseProgram(); err != nil {
		log.Debug("pages of the program stay resident", "error", err)
	}
}

// span is a range of addresses.
type span struct{ from, to uintptr }

// programSpans reads proc(5)'s smaps: where a file is mapped without write permission and without a page of its own that differs from the
// file (as relocations or a debugger make), so that dropping its pages loses nothing.
func programSpans(smaps io.Reader, program string) ([]span, error) {
	var found []span
	var current *span
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 5 && strings.Contains(fields[0], "-"):
			current = nil
			if len(fields) < 6 || strings.Join(fields[5:], " ") != program || strings.Contains(fields[1], "w") {
				continue
			}
			from, to, _ := strings.Cut(fields[0], "-")
			first, err := strconv.ParseUint(from, 16, strconv.IntSize)
			if err != nil {
				return nil, err
			}
			end, err := strconv.ParseUint(to, 16, strconv.IntSize)
			if err != nil {
				return nil, err
			}
			current = &span{uintptr(first), uintptr(end)}
		case current != nil && len(fields) == 3 && fields[0] == "Anonymous:":
			if fields[1] == "0" {
				found = append(found, *current)
			}
			current = nil
		}
	}
	return found, lines.Err()
}
