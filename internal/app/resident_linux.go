package app

import (
	"os"
	"syscall"
)

// releaseProgram lets go of the resident pages of the program's own file.
func releaseProgram() error {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer func() { _ = smaps.Close() }()
	spans, err := programSpans(smaps, program)
	if err != nil {
		return err
	}
	for _, s := range spans {
		if _, _, failed := syscall.Syscall(syscall.SYS_MADVISE, s.from, s.to-s.from, syscall.MADV_DONTNEED); failed != 0 {
			return failed
		}
	}
	return nil
}
