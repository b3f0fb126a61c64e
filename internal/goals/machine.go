package goals

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Machine is what a run was made on.
type Machine struct {
	Cores int    `json:"cores"`
	CPU   string `json:"cpu"`
	Go    string `json:"go"`
}

func (m Machine) String() string { return fmt.Sprintf("%d cores, %s, %s", m.Cores, m.CPU, m.Go) }

func thisMachine() Machine {
	m := Machine{Cores: runtime.NumCPU(), CPU: runtime.GOARCH, Go: runtime.Version()}
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(raw)) {
		if name, found := strings.CutPrefix(line, "model name"); found {
			m.CPU = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
			break
		}
	}
	return m
}

// memory is what a process has resident, in MB: all of it, and the part that is no file's.
type memory struct{ Resident, Anonymous float64 }

func memoryOf(pid int) (memory, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, err
	}
	defer func() { _ = file.Close() }()
	return readMemory(bufio.NewScanner(file))
}

// readMemory reads proc(5)'s status.
func readMemory(lines *bufio.Scanner) (memory, error) {
	var m memory
	for lines.Scan() {
		for name, into := range map[string]*float64{"VmRSS:": &m.Resident, "RssAnon:": &m.Anonymous} {
			rest, is := strings.CutPrefix(lines.Text(), name)
			if !is {
				continue
			}
			kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if err != nil {
				return m, err
			}
			*into = kilobytes / 1024
		}
	}
	if m.Resident == 0 {
		return m, errors.Join(lines.Err(), errors.New("no VmRSS"))
	}
	return m, lines.Err()
}

// ticks is how many clock ticks a second proc(5) counts in (USER_HZ).
const ticks = 100

// cpuOf is the CPU time that a process has used, in seconds.
func cpuOf(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return readCPU(string(raw))
}

// readCPU reads proc(5)'s stat: utime and stime are the 14th and 15th fields; the second is a name that may hold anything, in brackets.
func readCPU(stat string) (float64, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("no process: %q", stat)
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	return (user + system) / ticks, err
}
